package bench

import (
	"context"
	"slices"
)

// ScaleRow is what a request costs at one size of a service.
type ScaleRow struct {
	// What grows: "routes" or "concurrent requests".
	What      string `json:"what"`
	Framework string `json:"framework"`
	// Steps are the sizes, the smallest first.
	Steps []Step `json:"steps"`
}

// Step is one size.
type Step struct {
	Size int  `json:"size"`
	Bare Cost `json:"bare"`
	Ours Cost `json:"ours"`
	// Floor is what the SDK alone costs with as many routes; with as many
	// concurrent requests it is not measured.
	Floor Cost `json:"floor"`
	// Added is the median of what ours adds, in nanoseconds, ToFirst that of
	// what it is of the first step's, and ToFloor that of what it is of Floor.
	Added   float64 `json:"added_ns"`
	ToFirst float64 `json:"to_first"`
	ToFloor float64 `json:"to_floor,omitempty"`
}

// growth is something that a service grows in.
type growth struct {
	what  string
	sizes []int
	mode  Mode
	// floored says that the floor grows in it too.
	floored bool
	// start sets a target up at a size.
	start func(t *target, m *Mode, size int, o Options) *running
}

var growths = []growth{
	{
		what: "routes", sizes: []int{1, 100, 10_000}, mode: Mode{workers: 1}, floored: true,
		start: func(t *target, m *Mode, size int, o Options) *running { return t.start(m, size, 1, o) },
	},
	{
		what: "concurrent requests", sizes: []int{1, 100, 1000}, mode: Mode{yields: true},
		start: func(t *target, m *Mode, size int, o Options) *running { return t.start(m, 1, size, o) },
	},
}

// MeasureScale measures frameworks at every size; after each growth, done is
// told its rows.
func MeasureScale(ctx context.Context, frameworks []string, o Options, done func([]ScaleRow)) ([]ScaleRow, error) {
	var rows []ScaleRow
	for i := range growths {
		var grown []ScaleRow
		for _, framework := range frameworks {
			row, err := growths[i].measure(ctx, framework, o)
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

func (g *growth) measure(ctx context.Context, framework string, o Options) (ScaleRow, error) {
	start := func(framework, variant string) (all []*running) {
		t := &targets[slices.IndexFunc(targets, func(t target) bool { return t.framework == framework && t.variant == variant })]
		for _, size := range g.sizes {
			all = append(all, g.start(t, &g.mode, size, o))
		}
		return all
	}
	bare, ours := start(framework, Bare), start(framework, Ours)
	var floor []*running
	if g.floored {
		floor = start("", Floor)
	}
	if err := takeTurns(ctx, slices.Concat(bare, ours, floor), o.Rounds); err != nil {
		return ScaleRow{}, err
	}
	row := ScaleRow{What: g.what, Framework: framework}
	first := difference(ours[0].times, bare[0].times)
	for i, size := range g.sizes {
		added := difference(ours[i].times, bare[i].times)
		step := Step{Size: size, Bare: bare[i].cost, Ours: ours[i].cost, Added: median(slices.Clone(added)), ToFirst: median(over(added, first))}
		if g.floored {
			step.Floor, step.ToFloor = floor[i].cost, median(over(added, floor[i].times))
		}
		row.Steps = append(row.Steps, step)
	}
	return row, nil
}
