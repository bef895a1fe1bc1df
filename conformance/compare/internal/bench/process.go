package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// ProcessOptions are the parameters of a measurement of whole processes.
type ProcessOptions struct {
	// Command is the command that starts a service, such as "compare serve", without the
	// last argument. That argument is the name of the service, such as "ginotel".
	Command []string
	// Rounds is the number of turns of each service at each rate. The result is the median
	// of the turns.
	Rounds int
	// Rates are the request rates to measure at, in requests a second; 0 means as many as
	// possible.
	Rates []int
	// Turn is how long a service is under load in a round.
	Turn time.Duration
}

// ProcessRow is the cost of the whole reference service of a framework, over
// real sockets, at one rate.
type ProcessRow struct {
	Framework string `json:"framework"`
	// Rate is the request rate, in requests a second; 0 means as many as possible.
	Rate int `json:"rate"`
	// Services are the costs of the bare service, of our service and, if they exist, of
	// upstream's service and the vendors' services.
	Services []ProcessCost `json:"services"`
	// ToUpstream is the cost of our service divided by the cost of upstream's service, as
	// the median of the rounds. It is 0 if there is no official middleware.
	ToUpstream float64 `json:"to_upstream,omitempty"`
}

// ProcessCost is the cost of one service at one rate. All values are medians. Each
// request has a child span. Spans and metrics are exported to a collector in another
// process. The bare service has no telemetry.
type ProcessCost struct {
	Variant string `json:"variant"`
	// Microseconds is the processor time of a request, in user and system mode, including
	// the export of its spans.
	Microseconds float64 `json:"us"`
	// Added is the cost that the variant adds to the bare service. FromOurs is the cost
	// that our instrumentation adds, divided by Added, as the median of the rounds. Both
	// are 0 for the bare service, and FromOurs is 0 for ours.
	Added    float64 `json:"added_us,omitempty"`
	FromOurs float64 `json:"from_ours,omitempty"`
	// Memory is the resident memory at the end of a turn, and AtRest the resident memory
	// after the first request, both in megabytes.
	Memory float64 `json:"memory_mb"`
	AtRest float64 `json:"at_rest_mb"`
	// Requests is the number of requests served per second. It is less than the rate if
	// the machine cannot serve as many.
	Requests float64 `json:"requests"`
	// Arrived is the share of the spans, or of a vendor's transactions, that the
	// collector received; 0 if none were expected.
	Arrived float64 `json:"arrived,omitempty"`
}

// Service returns the cost of a variant, nil if it was not measured.
func (r *ProcessRow) Service(variant string) *ProcessCost {
	i := slices.IndexFunc(r.Services, func(c ProcessCost) bool { return c.Variant == variant })
	if i < 0 {
		return nil
	}
	return &r.Services[i]
}

// serviceNames maps a framework to the names of two services: the one with our adapter, and
// the one with the official middleware, if there is one.
var serviceNames = map[string][2]string{
	"Gin": {"ginotel", "otelgin"}, "Echo": {"echootel", "otelecho"},
	"Fiber": {"fiberotel", "otelfiber"}, "net/http": {"nethttpotel", "otelhttp"},
	"chi": {"nethttpotel-chi", "otelchi"}, "Echo v5": {"echootel/echo5"}, "Fiber v3": {"fiberotel/fiber3"},
}

// MeasureProcesses measures the services of frameworks at all rates. After each
// framework, it calls the function done with the rows of the framework.
func MeasureProcesses(ctx context.Context, frameworks []string, o ProcessOptions, done func([]ProcessRow)) ([]ProcessRow, error) {
	var rows []ProcessRow
	for _, f := range frameworks {
		measured, err := measureProcesses(ctx, f, o)
		if err != nil {
			return rows, fmt.Errorf("bench: %s: %w", f, err)
		}
		rows = append(rows, measured...)
		done(measured)
	}
	return rows, nil
}

// newProcesses returns the services of a framework. They are not started yet.
func newProcesses(framework string) []*process {
	all := []*process{
		{variant: Bare, name: serviceNames[framework][0], env: []string{"SAMESPAN_BARE=true", "OTEL_SDK_DISABLED=true"}},
		{variant: Ours, name: serviceNames[framework][0]},
	}
	if upstream := serviceNames[framework][1]; upstream != "" {
		all = append(all, &process{variant: Upstream, name: upstream})
	}
	for _, peer := range peerServices {
		if peer.framework == framework {
			all = append(all, &process{variant: peer.variant, name: peer.middlewareModule})
		}
	}
	return all
}

// measureProcesses starts all services of a framework. In each round it puts one service
// after the other under load, in random order.
func measureProcesses(ctx context.Context, framework string, o ProcessOptions) (rows []ProcessRow, err error) {
	all := newProcesses(framework)
	defer func() {
		for _, p := range all {
			err = errors.Join(err, p.stop(ctx))
		}
	}()
	for _, p := range all {
		if err := p.start(ctx, o.Command); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	order := slices.Clone(all)
	// A warm-up turn without a rate limit lets the services fill their caches.
	if err := runTurns(ctx, order, 0, o.Turn/2, true); err != nil {
		return nil, err
	}
	for range o.Rounds {
		for _, rate := range o.Rates {
			rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			if err := runTurns(ctx, order, rate, o.Turn, false); err != nil {
				return nil, err
			}
		}
	}
	for _, rate := range o.Rates {
		rows = append(rows, newProcessRow(framework, rate, all))
	}
	return rows, nil
}

// runTurns puts one service after the other under load at a request rate. The results
// include work that a service does after its turn, such as the export of the last spans.
// The results of warm-up turns are discarded.
func runTurns(ctx context.Context, order []*process, rate int, turn time.Duration, warmUp bool) error {
	served := make([]int, len(order))
	for i, p := range order {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		var err error
		p.takeReceived()
		if p.lastProcessorTime, err = processorTimeOf(p.pid); err != nil {
			return err
		}
		if served[i], err = p.connections.send(rate, turn); err != nil {
			return fmt.Errorf("%s: %w; the service printed:\n%s", p.name, err, p.service.Output())
		}
	}
	for i, p := range order {
		if err := p.awaitSpans(ctx, served[i]); err != nil {
			return err
		}
	}
	for i, p := range order {
		used, err := processorTimeOf(p.pid)
		if err != nil {
			return err
		}
		memory, err := residentMemoryOf(p.pid)
		if err != nil {
			return err
		}
		if warmUp {
			continue
		}
		s := p.samples[rate]
		if s == nil {
			s = new(samples)
			p.samples[rate] = s
		}
		s.times = append(s.times, float64(used-p.lastProcessorTime)/float64(time.Microsecond)/float64(served[i]))
		s.memory = append(s.memory, float64(memory)/(1<<20))
		s.throughput = append(s.throughput, float64(served[i])/turn.Seconds())
		s.receivedShares = append(s.receivedShares, float64(p.takeReceived())/float64(max(1, served[i]*p.spansPerRequest())))
	}
	return nil
}

// newProcessRow returns the row that compares the services at one rate.
func newProcessRow(framework string, rate int, all []*process) ProcessRow {
	row := ProcessRow{Framework: framework, Rate: rate}
	bare, ours := all[0].samples[rate].times, all[1].samples[rate].times
	for _, p := range all {
		s := p.samples[rate]
		c := ProcessCost{
			Variant: p.variant, Microseconds: median(slices.Clone(s.times)), Memory: median(slices.Clone(s.memory)), AtRest: float64(p.restingMemory) / (1 << 20),
			Requests: median(slices.Clone(s.throughput)), Arrived: median(slices.Clone(s.receivedShares)),
		}
		if p.variant != Bare {
			c.Added = median(subtractEach(s.times, bare))
		}
		if p.variant != Bare && p.variant != Ours {
			c.FromOurs = median(divideEach(subtractEach(ours, bare), subtractEach(s.times, bare)))
		}
		if p.variant == Upstream {
			row.ToUpstream = median(divideEach(ours, s.times))
		}
		row.Services = append(row.Services, c)
	}
	return row
}
