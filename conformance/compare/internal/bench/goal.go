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
	what string
	// atMost returns the bound for a framework, 0 if there is none.
	atMost func(framework string) float64
	// got returns the ratio, 0 if it was not measured.
	got func(r *Result, framework string) float64
}

// bound returns an atMost function with the same bound for the named frameworks, or for
// all if none are named.
func bound(most float64, frameworks ...string) func(string) float64 {
	return func(framework string) float64 {
		if len(frameworks) > 0 && !slices.Contains(frameworks, framework) {
			return 0
		}
		return most
	}
}

// upstreamBound returns an atMost function with a separate bound for Fiber, whose
// official middleware is the most expensive.
func upstreamBound(most, fiber float64) func(string) float64 {
	return func(framework string) float64 {
		switch framework {
		case "Fiber":
			return fiber
		case "Gin", "Echo", "net/http":
			return most
		default:
			return 0
		}
	}
}

var goals = []goal{
	{"sampled, ours / New Relic's", bound(1, "Gin"), func(r *Result, f string) float64 {
		return ofRequest(r, "sampled", f, func(row *Row) float64 {
			if i := slices.IndexFunc(row.Peers, func(p Peer) bool { return p.Name == NewRelic }); i >= 0 {
				return row.Peers[i].FromOurs
			}
			return 0
		})
	}},
	{"sampled, ours / floor", bound(0.85), requestRatio("sampled", func(row *Row) float64 { return row.ToFloor })},
	{"sampled, ours / upstream", upstreamBound(0.55, 0.35), requestRatio("sampled", func(row *Row) float64 { return row.ToUpstream })},
	{"excluded, ours / copy", bound(1.15), requestRatio("excluded", func(row *Row) float64 { return row.ToCopy })},
	{"no-op, ours / copy", bound(1.15), requestRatio("no-op", func(row *Row) float64 { return row.ToCopy })},
	{"a service at 2,000 requests a second, ours adds / upstream adds", upstreamBound(0.35, 0.25), addedAt(HeadlineRate)},
	{"a service flat out, ours adds / upstream adds", upstreamBound(0.35, 0.25), addedAt(0)},
	{"memory of a service at rest, ours / upstream", upstreamBound(1, 1), memoryRatio(func(c *ProcessCost) float64 { return c.AtRest })},
	{"memory of a service flat out, ours / upstream", upstreamBound(1, 1), memoryRatio(func(c *ProcessCost) float64 { return c.Memory })},
	{"10,000 routes, ours / floor", bound(1.05), largest("routes")},
	{"1,000 concurrent requests, ours / floor", bound(1.05), largest("concurrent requests")},
}

func ofRequest(r *Result, mode, framework string, ratio func(*Row) float64) float64 {
	i := slices.IndexFunc(r.Requests, func(row Row) bool { return row.Mode == mode && row.Framework == framework })
	if i < 0 {
		return 0
	}
	return ratio(&r.Requests[i])
}

func requestRatio(mode string, ratio func(*Row) float64) func(*Result, string) float64 {
	return func(r *Result, framework string) float64 { return ofRequest(r, mode, framework, ratio) }
}

// ofProcess returns a ratio between our service and upstream's at a rate, 0 if one of
// them was not measured.
func ofProcess(r *Result, rate int, framework string, ratio func(ours, upstream *ProcessCost) float64) float64 {
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

func addedAt(rate int) func(*Result, string) float64 {
	return func(r *Result, framework string) float64 {
		return ofProcess(r, rate, framework, func(_, upstream *ProcessCost) float64 { return upstream.FromOurs })
	}
}

func memoryRatio(memory func(*ProcessCost) float64) func(*Result, string) float64 {
	return func(r *Result, framework string) float64 {
		return ofProcess(r, 0, framework, func(ours, upstream *ProcessCost) float64 { return memory(ours) / memory(upstream) })
	}
}

// largest returns a got function: the ratio to the floor at the largest measured size.
func largest(what string) func(*Result, string) float64 {
	return func(r *Result, framework string) float64 {
		i := slices.IndexFunc(r.Scale, func(row ScaleRow) bool { return row.What == what && row.Framework == framework })
		if i < 0 {
			return 0
		}
		return r.Scale[i].Steps[len(r.Scale[i].Steps)-1].ToFloor
	}
}

// writeGoals writes which goals are met, and by how much the other goals are missed.
func writeGoals(w io.Writer, r *Result) {
	fmt.Fprint(w, "\nThe goals of this project, and where they are met:\n\n| goal | at most | met | missed |\n|---|--:|---|---|\n")
	for _, g := range goals {
		var met, missed, bounds []string
		for _, f := range Frameworks {
			most, got := g.atMost(f), g.got(r, f)
			if most == 0 || got == 0 {
				continue
			}
			if each := ratio(most); !slices.Contains(bounds, each) {
				bounds = append(bounds, each)
			}
			if text := f + " " + ratio(got); math.Round(100*got) <= math.Round(100*most) {
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
		fmt.Fprintf(w, "| %s | %s | %s | %s |\n", g.what, strings.Join(bounds, ", "), orDash(met), orDash(missed))
	}
}

func orDash(all []string) string {
	if len(all) == 0 {
		return dash
	}
	return strings.Join(all, ", ")
}
