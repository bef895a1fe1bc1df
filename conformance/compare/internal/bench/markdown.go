package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// WriteMarkdown writes a result as tables.
func WriteMarkdown(w io.Writer, r *Result) {
	writeMeasured(w, r)
	writeRequests(w, r.Requests)
	writePeers(w, r.Requests)
	writeProcesses(w, r.Processes)
	writeScale(w, r.Scale)
}

// summary are the modes in a summary: those that matter in production.
var summary = []string{"sampled", "unsampled", "excluded"}

// WriteSummary writes the part of a result that the README shows.
func WriteSummary(w io.Writer, r *Result) {
	writeMeasured(w, r)
	var rows []Row
	for i := range r.Requests {
		if slices.Contains(summary, r.Requests[i].Mode) {
			rows = append(rows, r.Requests[i])
		}
	}
	writeRequests(w, rows)
	writeProcesses(w, r.Processes)
}

func writeMeasured(w io.Writer, r *Result) {
	fmt.Fprintf(w, "Measured by `make bench` on %s, %d cores (%s, %s): %s. Times differ between machines, so compare the ratios. All variants of a row were measured in turns in one run, and the values are medians.\n",
		r.Machine.Processor, r.Machine.Cores, r.Machine.System, r.Machine.Go, versions(r.Versions))
}

func versions(v map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		framework, _, _ := strings.Cut(name, " v") // the version shows the major version
		all = append(all, framework+" "+v[name])
	}
	return strings.Join(all, ", ")
}

func writeRequests(w io.Writer, rows []Row) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprint(w, "\nWhat the instrumentation adds to one request in process. The *floor* is what the SDK alone costs: the same telemetry, recorded by direct calls with values that are known in advance. *Upstream* is the official middleware. The *copy* is the bare framework with a middleware that passes on a context with a value, measured where nothing is recorded. A ratio below 1 means that ours costs less. Times are processor times, with the garbage collector's share.\n\n"+
		"| request | framework | adds | ours / floor | ours / upstream | ours / copy | allocations | of the floor | of upstream |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for i := range rows {
		r := &rows[i]
		toUpstream, upstream, floor := ratio(r.ToUpstream), dash, formatWhole(r.Floor.Allocations)
		if r.Upstream != nil {
			upstream = formatWhole(r.Upstream.Allocations - r.Bare.Allocations)
		}
		if r.ToFloor == 0 {
			// An excluded request: upstream's filter still records its child
			// spans.
			toUpstream, floor = dash, dash
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %.0f | %s | %s |\n", r.Mode, r.Framework, nanoseconds(r.Added),
			ratio(r.ToFloor), toUpstream, ratio(r.ToCopy), r.Ours.Allocations-r.Bare.Allocations, floor, upstream)
	}
}

// writePeers writes the costs of the vendors' instrumentations, with what they
// record.
func writePeers(w io.Writer, rows []Row) {
	if !havePeers(rows) {
		return
	}
	fmt.Fprint(w, "\nThe instrumentations of vendors, on the same request in the same run. They do not record the same:\n\n")
	for _, name := range slices.Sorted(maps.Keys(records)) {
		fmt.Fprintf(w, "- %s: %s.\n", name, records[name])
	}
	fmt.Fprint(w, "\n| request | framework | instrumentation | adds | ours / this | allocations |\n|---|---|---|--:|--:|--:|\n")
	for i := range rows {
		r := &rows[i]
		for _, p := range r.Peers {
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %.0f |\n", r.Mode, r.Framework, p.Name, nanoseconds(p.Added),
				ratio(p.FromOurs), p.Cost.Allocations-r.Bare.Allocations)
		}
	}
}

func writeProcesses(w io.Writer, rows []ProcessRow) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprint(w, "\nProcessor time of a whole service for each request over real sockets, with one child span and the export over OTLP/gRPC. *Bare* is the service without instrumentation, and *adds* is the rest: the middleware, the child span and the export.\n\n"+
		"| framework | bare | ours | upstream | ours / upstream | ours adds / upstream adds |\n|---|--:|--:|--:|--:|--:|\n")
	for _, r := range rows {
		upstream := dash
		if r.Upstream != 0 {
			upstream = formatWhole(r.Upstream) + " µs"
		}
		fmt.Fprintf(w, "| %s | %.0f µs | %.0f µs | %s | %s | %s |\n", r.Framework, r.Bare, r.Ours, upstream, ratio(r.ToUpstream), ratio(r.AddedToUpstream))
	}
}

func writeScale(w io.Writer, rows []ScaleRow) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprint(w, "\n<details><summary>What it adds with more routes and more concurrent requests</summary>\n\n| framework | what grows | size | adds | ours / ours at the first size | floor / floor at the first size | ours / floor |\n|---|---|--:|--:|--:|--:|--:|\n")
	for i := range rows {
		for _, s := range rows[i].Steps {
			fmt.Fprintf(w, "| %s | %s | %d | %s | %s | %s | %s |\n", rows[i].Framework, rows[i].What, s.Size,
				nanoseconds(s.Added), ratio(s.ToFirst), ratio(s.FloorToFirst), ratio(s.ToFloor))
		}
	}
	fmt.Fprint(w, "\n</details>\n")
}

// nanoseconds formats a time with three digits.
func nanoseconds(ns float64) string {
	if ns < 1000 {
		return fmt.Sprintf("%.0f ns", ns)
	}
	return fmt.Sprintf("%.2f µs", ns/1000)
}
