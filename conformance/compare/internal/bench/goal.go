package bench

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// goal is an upper bound on a ratio, for some or all frameworks.
type goal struct {
	name string
	// maxRatio returns the bound for a framework, 0 if there is none.
	maxRatio func(framework string) float64
	// measuredRatio returns the ratio, 0 if it was not measured.
	measuredRatio func(r *Result, framework string) float64
}

// sameBound returns a maxRatio function with the same bound for the named frameworks, or
// for all frameworks if none are named.
func sameBound(limit float64, frameworks ...string) func(string) float64 {
	return func(framework string) float64 {
		if len(frameworks) > 0 && !slices.Contains(frameworks, framework) {
			return 0
		}
		return limit
	}
}

// othersAndFiberBounds returns a maxRatio function with the bound fiber for Fiber, whose
// official middleware is the most expensive, and the bound others for Gin, Echo and
// net/http.
func othersAndFiberBounds(others, fiber float64) func(string) float64 {
	return func(framework string) float64 {
		switch framework {
		case "Fiber":
			return fiber
		case "Gin", "Echo", "net/http":
			return others
		default:
			return 0
		}
	}
}

// goals are the goals of this project. writeGoals writes them in this order.
var goals = []goal{
	{"sampled, ours / New Relic's", sameBound(1, "Gin"), func(r *Result, f string) float64 {
		return requestRowRatio(r, "sampled", f, func(row *Row) float64 {
			if i := slices.IndexFunc(row.Peers, func(p Peer) bool { return p.Name == NewRelic }); i >= 0 {
				return row.Peers[i].FromOurs
			}
			return 0
		})
	}},
	{"sampled, ours / floor", sameBound(0.85), requestRatio("sampled", func(row *Row) float64 { return row.ToFloor })},
	{"sampled, ours / upstream", othersAndFiberBounds(0.55, 0.35), requestRatio("sampled", func(row *Row) float64 { return row.ToUpstream })},
	{"excluded, ours / copy", sameBound(1.15), requestRatio("excluded", func(row *Row) float64 { return row.ToCopy })},
	{"no-op providers, ours / copy", sameBound(1.15), requestRatio("no-op", func(row *Row) float64 { return row.ToCopy })},
	{"a service at 2,000 requests a second, ours adds / upstream adds", othersAndFiberBounds(0.35, 0.25), addedRatioAt(HeadlineRate)},
	{"a service at full load, ours adds / upstream adds", othersAndFiberBounds(0.35, 0.25), addedRatioAt(0)},
	{"memory of a service at rest, ours / upstream", othersAndFiberBounds(1, 1), memoryRatio(func(c *ProcessCost) float64 { return c.AtRest })},
	{"memory of a service at full load, ours / upstream", othersAndFiberBounds(1, 1), memoryRatio(func(c *ProcessCost) float64 { return c.Memory })},
	{"10,000 routes, ours / floor", sameBound(1.05), largestSizeRatio("routes")},
	{"1,000 concurrent requests, ours / floor", sameBound(1.05), largestSizeRatio("concurrent requests")},
}

// requestRowRatio returns the result of the function ratio for the row of a mode and a
// framework, or 0 if there is no such row.
func requestRowRatio(r *Result, mode, framework string, ratio func(*Row) float64) float64 {
	i := slices.IndexFunc(r.Requests, func(row Row) bool { return row.Mode == mode && row.Framework == framework })
	if i < 0 {
		return 0
	}
	return ratio(&r.Requests[i])
}

// requestRatio returns a measuredRatio function for a mode.
func requestRatio(mode string, ratio func(*Row) float64) func(*Result, string) float64 {
	return func(r *Result, framework string) float64 { return requestRowRatio(r, mode, framework, ratio) }
}

// processRowRatio returns the result of the function ratio for our service and upstream's
// service at a request rate, or 0 if one of the services was not measured.
func processRowRatio(r *Result, rate int, framework string, ratio func(ours, upstream *ProcessCost) float64) float64 {
	i := slices.IndexFunc(r.Processes, func(row ProcessRow) bool { return row.Rate == rate && row.Framework == framework })
	if i < 0 {
		return 0
	}
	ours, upstream := r.Processes[i].Service(Ours), r.Processes[i].Service(Upstream)
	if ours == nil || upstream == nil {
		return 0
	}
	return ratio(ours, upstream)
}

// addedRatioAt returns a measuredRatio function. Its ratio is the cost that our
// instrumentation adds to a service at the request rate, divided by the cost that upstream
// adds.
func addedRatioAt(rate int) func(*Result, string) float64 {
	return func(r *Result, framework string) float64 {
		return processRowRatio(r, rate, framework, func(_, upstream *ProcessCost) float64 { return upstream.FromOurs })
	}
}

// memoryRatio returns a measuredRatio function. Its ratio is the memory of our service,
// divided by the memory of upstream's service. The function memory returns the memory at
// rest or under full load.
func memoryRatio(memory func(*ProcessCost) float64) func(*Result, string) float64 {
	return func(r *Result, framework string) float64 {
		return processRowRatio(r, 0, framework, func(ours, upstream *ProcessCost) float64 { return memory(ours) / memory(upstream) })
	}
}

// largestSizeRatio returns a measuredRatio function. Its ratio is the cost of our
// instrumentation at the largest measured size, divided by the cost of the floor at that
// size.
func largestSizeRatio(dimension string) func(*Result, string) float64 {
	return func(r *Result, framework string) float64 {
		i := slices.IndexFunc(r.Scale, func(row ScaleRow) bool { return row.What == dimension && row.Framework == framework })
		if i < 0 {
			return 0
		}
		return r.Scale[i].Steps[len(r.Scale[i].Steps)-1].ToFloor
	}
}

// writeGoals writes a table of the goals. It shows which frameworks meet and which miss
// each goal, with the measured ratios.
func writeGoals(w io.Writer, r *Result) {
	fmt.Fprint(w, "\nThis table shows the goals of this project. Each goal is an upper bound for a ratio. The last two columns have the measured ratios that meet the bound, and those that exceed it:\n\n| goal | at most | met | missed |\n|---|--:|---|---|\n")
	for _, g := range goals {
		var met, missed, bounds []string
		for _, f := range Frameworks {
			limit, got := g.maxRatio(f), g.measuredRatio(r, f)
			if limit == 0 || got == 0 {
				continue
			}
			if each := formatRatio(limit); !slices.Contains(bounds, each) {
				bounds = append(bounds, each)
			}
			if text := f + " " + formatRatio(got); math.Round(100*got) <= math.Round(100*limit) {
				met = append(met, text)
			} else {
				missed = append(missed, text)
			}
		}
		if len(bounds) == 0 {
			continue
		}
		if len(bounds) > 1 {
			bounds[1] = "Fiber " + bounds[1]
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", g.name, strings.Join(bounds, ", "), joinOrDash(met), joinOrDash(missed))
	}
}

// joinOrDash joins the texts with commas, or returns a dash if there are none.
func joinOrDash(all []string) string {
	if len(all) == 0 {
		return dash
	}
	return strings.Join(all, ", ")
}
