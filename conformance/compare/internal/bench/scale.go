package bench

import (
	"context"
	"slices"
)

// ScaleRow is the cost of a request for growing sizes of a service.
type ScaleRow struct {
	// What is what grows: "routes" or "concurrent requests".
	What      string `json:"what"`
	Framework string `json:"framework"`
	// Steps are the sizes in increasing order.
	Steps []Step `json:"steps"`
}

// Step is one size.
type Step struct {
	Size int  `json:"size"`
	Bare Cost `json:"bare"`
	Ours Cost `json:"ours"`
	// Floor is the cost of a request with the SDK alone, whose telemetry the
	// handler of the bare framework records.
	Floor Cost `json:"floor"`
	// Added is the median of what ours adds, in nanoseconds; ToFirst is the
	// median ratio to the first step, and ToFloor that to what the floor adds.
	// FloorToFirst is the median ratio of what the floor adds to the first step.
	Added        float64 `json:"added_ns"`
	ToFirst      float64 `json:"to_first"`
	ToFloor      float64 `json:"to_floor"`
	FloorToFirst float64 `json:"floor_to_first"`
}

// dimension is something that a service grows in.
type dimension struct {
	name  string
	sizes []int
	mode  Mode
	// start sets a target up at a size.
	start func(t *target, m *Mode, size int, o Options) *running
}

var dimensions = []dimension{
	{
		name: "routes", sizes: []int{1, 100, 10_000}, mode: Mode{workers: 1},
		start: func(t *target, m *Mode, size int, o Options) *running { return t.start(m, size, 1, o) },
	},
	{
		name: "concurrent requests", sizes: []int{1, 100, 1000}, mode: Mode{yields: true},
		start: func(t *target, m *Mode, size int, o Options) *running { return t.start(m, 1, size, o) },
	},
}

// MeasureScale measures frameworks at every size and calls done with the rows
// of each growth.
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

func (g *dimension) measure(ctx context.Context, framework string, o Options) (ScaleRow, error) {
	start := func(framework, variant string) (all []*running) {
		among := slices.Concat(targets, direct)
		t := &among[slices.IndexFunc(among, func(t target) bool { return t.framework == framework && t.variant == variant })]
		for _, size := range g.sizes {
			all = append(all, g.start(t, &g.mode, size, o))
		}
		return all
	}
	bare, ours, floor := start(framework, Bare), start(framework, Ours), start(framework, Direct)
	if err := takeTurns(ctx, slices.Concat(bare, ours, floor), o.Rounds); err != nil {
		return ScaleRow{}, err
	}
	row := ScaleRow{What: g.name, Framework: framework}
	first, firstFloor := added(ours[0], bare[0]), added(floor[0], bare[0])
	for i, size := range g.sizes {
		grown, grownFloor := added(ours[i], bare[i]), added(floor[i], bare[i])
		row.Steps = append(row.Steps, Step{
			Size: size, Bare: bare[i].cost, Ours: ours[i].cost, Floor: floor[i].cost,
			Added: median(slices.Clone(grown)), ToFirst: median(ratios(grown, first)), ToFloor: median(ratios(grown, grownFloor)),
			FloorToFirst: median(ratios(grownFloor, firstFloor)),
		})
	}
	return row, nil
}
