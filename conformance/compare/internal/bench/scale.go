package bench

import (
	"context"
	"slices"
)

// ScaleRow is the cost of a request for growing sizes of a service.
type ScaleRow struct {
	// What is the dimension that grows: "routes" or "concurrent requests".
	What      string `json:"what"`
	Framework string `json:"framework"`
	// Memory is the memory that our instrumentation adds to the bare framework for each
	// route or concurrent request, in bytes. FloorMemory is the memory that the floor
	// adds.
	Memory      float64 `json:"memory_bytes"`
	FloorMemory float64 `json:"floor_memory_bytes"`
	// Steps are the sizes in increasing order.
	Steps []Step `json:"steps"`
}

// Step is the measurement at one size.
type Step struct {
	Size int  `json:"size"`
	Bare Cost `json:"bare"`
	Ours Cost `json:"ours"`
	// Floor is the cost of a request to the bare framework if the handler records the
	// telemetry with the SDK alone.
	Floor Cost `json:"floor"`
	// Added and FloorAdded are the costs that our instrumentation and the floor add to
	// the bare framework, in nanoseconds. ToFirst is Added divided by the first step's
	// Added, and FloorToFirst is FloorAdded divided by the first step's FloorAdded.
	// ToFloor is Added divided by FloorAdded.
	Added        float64 `json:"added_ns"`
	FloorAdded   float64 `json:"floor_added_ns"`
	ToFirst      float64 `json:"to_first"`
	ToFloor      float64 `json:"to_floor"`
	FloorToFirst float64 `json:"floor_to_first"`
}

// dimension is a way in which a service grows, such as its number of routes.
type dimension struct {
	name  string
	sizes []int
	mode  Mode
	// setUp sets up a target at a size.
	setUp func(t *target, m *Mode, size int, o Options) *measuredTarget
	// memory returns the memory of one unit, such as a route, in bytes.
	memory func(t *target, m *Mode) float64
}

// dimensions are the measured dimensions.
var dimensions = []dimension{
	{
		name: "routes", sizes: []int{1, 100, 10_000}, mode: Mode{workers: 1},
		setUp:  func(t *target, m *Mode, size int, o Options) *measuredTarget { return t.setUp(m, size, 1, o) },
		memory: memoryPerRoute,
	},
	{
		name: "concurrent requests", sizes: []int{1, 100, 1000}, mode: Mode{yields: true},
		setUp:  func(t *target, m *Mode, size int, o Options) *measuredTarget { return t.setUp(m, 1, size, o) },
		memory: memoryPerRequest,
	},
}

// MeasureScale measures frameworks at every size. After each dimension, it calls the
// function done with the rows of the dimension.
func MeasureScale(ctx context.Context, frameworks []string, o Options, done func([]ScaleRow)) ([]ScaleRow, error) {
	var rows []ScaleRow
	for i := range dimensions {
		var grown []ScaleRow
		for _, framework := range frameworks {
			row, err := dimensions[i].measure(ctx, framework, o)
			if err != nil {
				return rows, err
			}
			grown = append(grown, row)
		}
		rows = append(rows, grown...)
		done(grown)
	}
	return rows, nil
}

// measure measures a framework at each size of the dimension.
func (g *dimension) measure(ctx context.Context, framework string, o Options) (ScaleRow, error) {
	find := func(variant string) *target {
		all := slices.Concat(targets, directTargets)
		return &all[slices.IndexFunc(all, func(t target) bool { return t.framework == framework && t.variant == variant })]
	}
	memory := func(variant string) float64 { return g.memory(find(variant), &g.mode) }
	bareMemory := memory(Bare)
	row := ScaleRow{What: g.name, Framework: framework, Memory: memory(Ours) - bareMemory, FloorMemory: memory(Direct) - bareMemory}
	for _, size := range g.sizes {
		setUp := func(variant string) *measuredTarget { return g.setUp(find(variant), &g.mode, size, o) }
		bare, ours, floor := setUp(Bare), setUp(Ours), setUp(Direct)
		if err := runRounds(ctx, []*measuredTarget{bare, ours, floor}, o.Rounds); err != nil {
			return ScaleRow{}, err
		}
		row.Steps = append(row.Steps, Step{
			Size: size, Bare: bare.cost, Ours: ours.cost, Floor: floor.cost,
			Added: addedCost(ours, bare), FloorAdded: addedCost(floor, bare), ToFloor: addedCostRatio(ours, floor, bare),
		})
	}
	first := row.Steps[0]
	for i := range row.Steps {
		s := &row.Steps[i]
		s.ToFirst = s.Added / first.Added
		s.FloorToFirst = s.FloorAdded / first.FloorAdded
	}
	return row, nil
}
