package bench

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Options control how long a measurement takes.
type Options struct {
	// Rounds is the number of turns of each variant. The result is the mean of the turns.
	Rounds int
	// Turn is how long one variant is measured at a time.
	Turn time.Duration
}

// Row compares the costs of a request with the variants of one framework, in one mode.
type Row struct {
	Mode      string `json:"mode"`
	Framework string `json:"framework"`
	// Bare, Ours, Upstream, Floor and Copy are the costs of one request with each variant.
	// Upstream is nil if there is no official middleware. Copy is nil in modes that record
	// telemetry.
	Bare     Cost  `json:"bare"`
	Ours     Cost  `json:"ours"`
	Upstream *Cost `json:"upstream,omitempty"`
	Floor    Cost  `json:"floor"`
	Copy     *Cost `json:"copy,omitempty"`
	// ToFloor is the cost that our instrumentation adds to the bare framework, divided by
	// the cost of Floor. ToUpstream is the same cost divided by the cost that Upstream
	// adds, and ToCopy is the same cost divided by the cost that Copy adds.
	ToFloor    float64 `json:"to_floor,omitempty"`
	ToUpstream float64 `json:"to_upstream,omitempty"`
	ToCopy     float64 `json:"to_copy,omitempty"`
	// Added is the cost that our instrumentation adds, in nanoseconds.
	Added float64 `json:"added_ns"`
	// Peers are the costs of vendors' instrumentations.
	Peers []Peer `json:"peers,omitempty"`
}

// Cost is the cost of one request.
type Cost struct {
	// Nanoseconds is the mean processor time of one request. It is not a median, which
	// would ignore garbage collections that happen only in some turns.
	Nanoseconds float64 `json:"ns"`
	Bytes       float64 `json:"bytes"`
	Allocations float64 `json:"allocs"`
}

// measuredTarget is a target that is set up for a mode, with its measurements.
type measuredTarget struct {
	target
	clients []client // one for each worker
	// requestsPerTurn is the number of requests that a worker sends in a turn.
	requestsPerTurn int
	// times are the processor times of a request in nanoseconds, one for each turn.
	times []float64
	cost  Cost
}

// setUp sets up the target with the given number of routes. It measures the allocations of
// a request, and determines how many requests a worker can send in a turn.
func (t *target) setUp(m *Mode, routes, workers int, o Options) *measuredTarget {
	s := newSetup(m, t.variant, m.newTelemetry(t.variant))
	s.routes = routes
	newClient := t.build(s)
	r := &measuredTarget{target: *t}
	for range workers {
		r.clients = append(r.clients, newClient())
	}
	r.cost.Allocations, r.cost.Bytes = measureAllocations(r.clients[0], routes)
	r.requestsPerTurn = max(1, 100/workers)
	for elapsed := r.runTurn(); elapsed < o.Turn && r.requestsPerTurn < 1<<24; elapsed = r.runTurn() {
		grow := 2.0
		if elapsed > o.Turn/100 {
			grow = 1.1 * float64(o.Turn) / float64(elapsed)
		}
		r.requestsPerTurn = int(float64(r.requestsPerTurn)*grow) + 1
	}
	if workers > 1 {
		r.requestsPerTurn = max(r.requestsPerTurn, minRequestsPerWorker)
	}
	return r
}

// minRequestsPerWorker is the minimum number of requests of each worker in a turn. With
// fewer requests, the growth of the stacks of new goroutines would dominate the result.
const minRequestsPerWorker = 20

// runTurn runs all workers for a turn and returns the processor time used.
func (r *measuredTarget) runTurn() time.Duration {
	if len(r.clients) == 1 {
		start := processorTime()
		r.clients[0](r.requestsPerTurn)
		return processorTime() - start
	}
	var ready, done sync.WaitGroup
	gate := make(chan struct{})
	for _, c := range r.clients {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-gate
			c(r.requestsPerTurn)
		})
	}
	ready.Wait()
	start := processorTime()
	close(gate)
	done.Wait()
	return processorTime() - start
}

// measureAllocations returns the allocations and allocated bytes of a request. It measures
// them after at least one request to each route.
func measureAllocations(c client, routes int) (allocations, bytes float64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const requests = 1000
	c(max(routes, requests)) // fills the caches
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c(requests)
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / requests), float64((after.TotalAlloc - before.TotalAlloc) / requests)
}

// Measure measures the frameworks in the modes. After each mode, it calls the function done
// with the rows of the mode.
func Measure(ctx context.Context, modes []Mode, frameworks []string, o Options, done func([]Row)) ([]Row, error) {
	var rows []Row
	for i := range modes {
		measured, err := measureMode(ctx, &modes[i], frameworks, o)
		if err != nil {
			return rows, err
		}
		rows = append(rows, measured...)
		done(measured)
	}
	return rows, nil
}

// measureMode measures the variants of the frameworks in one mode. The variants take turns, in
// random order, so that other load on the machine affects all of them alike.
func measureMode(ctx context.Context, m *Mode, frameworks []string, o Options) ([]Row, error) {
	var started []*measuredTarget
	measured := targets
	if m.recordsNothing() {
		measured = slices.Concat(measured, copyTargets)
	}
	for i := range measured {
		if t := &measured[i]; t.variant == Floor || slices.Contains(frameworks, t.framework) {
			started = append(started, t.setUp(m, 1, m.workers, o))
		}
	}
	if err := runRounds(ctx, started, o.Rounds); err != nil {
		return nil, err
	}
	find := func(framework, variant string) *measuredTarget {
		i := slices.IndexFunc(started, func(r *measuredTarget) bool { return r.framework == framework && r.variant == variant })
		if i < 0 {
			return nil
		}
		return started[i]
	}
	var rows []Row
	for _, f := range frameworks {
		r := newRow(m, find(f, Bare), find(f, Ours), find(f, Upstream), find("", Floor))
		if c := find(f, Copy); c != nil {
			r.Copy = &c.cost
			r.ToCopy = addedCostRatio(find(f, Ours), c, find(f, Bare))
		}
		rows = append(rows, r)
	}
	if m.measuresPeers {
		return rows, measurePeers(ctx, m, rows, o)
	}
	return rows, nil
}

// runRounds gives each target a turn in each round, in random order, and sets the targets'
// mean times.
func runRounds(ctx context.Context, measured []*measuredTarget, rounds int) error {
	order := slices.Clone(measured)
	for range rounds {
		rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, r := range order {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			r.times = append(r.times, float64(r.runTurn())/float64(r.requestsPerTurn*len(r.clients)))
		}
	}
	for _, r := range measured {
		r.cost.Nanoseconds = mean(r.times)
	}
	return nil
}

// newRow returns the row that compares the variants of a framework. upstream may be nil.
func newRow(m *Mode, bare, ours, upstream, floor *measuredTarget) Row {
	result := Row{
		Mode: m.Name, Framework: ours.framework,
		Bare: bare.cost, Ours: ours.cost, Floor: floor.cost,
		Added: addedCost(ours, bare),
	}
	if upstream != nil {
		result.Upstream = &upstream.cost
	}
	if m.excluded {
		// An excluded request has no floor. The filter of the official middleware does less
		// than ours, so the two costs cannot be compared.
		return result
	}
	if upstream != nil {
		result.ToUpstream = addedCostRatio(ours, upstream, bare)
	}
	result.ToFloor = addedCost(ours, bare) / floor.cost.Nanoseconds
	return result
}

// addedCost returns the cost that r adds to the bare framework, in nanoseconds.
func addedCost(r, bare *measuredTarget) float64 { return r.cost.Nanoseconds - bare.cost.Nanoseconds }

// addedCostRatio returns the cost that r adds to bare, divided by the cost that other adds
// to bare. It returns 0 if other adds no measurable cost.
func addedCostRatio(r, other, bare *measuredTarget) float64 {
	if addedCost(other, bare) <= 0 {
		return 0
	}
	return addedCost(r, bare) / addedCost(other, bare)
}

// subtractEach returns the differences a[i] - b[i].
func subtractEach(a, b []float64) []float64 {
	differences := make([]float64, len(a))
	for i := range a {
		differences[i] = a[i] - b[i]
	}
	return differences
}

// divideEach returns the ratios numerators[i] / denominators[i].
func divideEach(numerators, denominators []float64) []float64 {
	ratios := make([]float64, len(numerators))
	for i := range numerators {
		ratios[i] = numerators[i] / denominators[i]
	}
	return ratios
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// median returns the median of values, which it sorts in place.
func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}
