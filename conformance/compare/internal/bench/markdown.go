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
	writeMeasurementInfo(w, r)
	writeRequests(w, r.Requests)
	writePeers(w, r.Requests)
	writeProcesses(w, r.Processes)
	writePeerProcesses(w, r.Processes)
	writeProfiles(w, r.Profiles)
	writeScale(w, r.Scale)
}

// summaryModes are the modes that COSTS.md shows: those that matter in production.
var summaryModes = []string{"sampled", "unsampled", "excluded"}

// WriteSummary writes the part of a result that COSTS.md shows.
func WriteSummary(w io.Writer, r *Result) {
	writeMeasurementInfo(w, r)
	var rows []Row
	for i := range r.Requests {
		if slices.Contains(summaryModes, r.Requests[i].Mode) {
			rows = append(rows, r.Requests[i])
		}
	}
	writeRequests(w, rows)
	writeProcesses(w, headlineRows(r.Processes))
	writeProfiles(w, r.Profiles)
	writeGoals(w, r)
}

// writeMeasurementInfo writes where and how the result was measured.
func writeMeasurementInfo(w io.Writer, r *Result) {
	fmt.Fprintf(w, "`make bench` measured these figures on %s, %d cores (%s, %s). Times differ between machines, so compare the ratios. The versions are: %s.\n\n"+
		"Each row compares variants of a service: without telemetry, with this project's middleware, and with other middlewares. All variants of a row were measured in the same run, in rounds. In each round, every variant serves requests for a short time. For requests in process, the tables show means over the rounds. For whole services, they show medians. The ratios of whole services are medians of the ratios in each round. Therefore, they can differ from the ratios of the times shown.\n",
		r.Machine.Processor, r.Machine.Cores, r.Machine.System, r.Machine.Go, formatVersions(r.Versions))
}

// formatVersions joins names and versions, sorted by name.
func formatVersions(v map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		framework, _, _ := strings.Cut(name, " v") // "Echo v5" becomes "Echo": the version follows
		all = append(all, framework+" "+v[name])
	}
	return strings.Join(all, ", ")
}

// writeRequests writes the table of the costs of one request in process.
func writeRequests(w io.Writer, rows []Row) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprint(w, "\nThis table shows what the instrumentation adds to one request that is served without a network, in the process that measures. Times are processor times, including garbage collection. *Ours* is the middleware of this project. A ratio below 1 means that ours costs less than the variant after the slash:\n\n"+
		"- *floor*: the SDK alone. Direct calls record the same telemetry, with values that are known in advance.\n"+
		"- *upstream*: the official middleware.\n"+
		"- *copy*: a middleware that only adds a value to the request's context. It is measured for requests without telemetry.\n\n"+
		"| request | framework | adds | ours / floor | ours / upstream | ours / copy | allocations | of the floor | of upstream |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for i := range rows {
		r := &rows[i]
		toUpstream, upstream, floor := formatRatio(r.ToUpstream), dash, formatWhole(r.Floor.Allocations)
		if r.Upstream != nil {
			upstream = formatWhole(r.Upstream.Allocations - r.Bare.Allocations)
		}
		if r.ToFloor == 0 {
			// An excluded request has no ToFloor. Its cost cannot be compared with that of
			// the official middleware, which still records child spans.
			toUpstream, floor = dash, dash
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %.0f | %s | %s |\n", r.Mode, r.Framework, formatNanoseconds(r.Added),
			formatRatio(r.ToFloor), toUpstream, formatRatio(r.ToCopy), r.Ours.Allocations-r.Bare.Allocations, floor, upstream)
	}
}

// writePeers writes the costs of the vendors' instrumentations, and what they record.
func writePeers(w io.Writer, rows []Row) {
	if !anyHasPeers(rows) {
		return
	}
	fmt.Fprint(w, "\nThe next table compares ours with the instrumentations of two vendors. All were measured in one run, separate from that of the table above. The vendors' instrumentations record other telemetry than ours:\n\n")
	for _, name := range slices.Sorted(maps.Keys(recordedByVendor)) {
		fmt.Fprintf(w, "- %s: %s.\n", name, recordedByVendor[name])
	}
	fmt.Fprint(w, "\n| request | framework | instrumentation | adds | ours / this | allocations |\n|---|---|---|--:|--:|--:|\n")
	for i := range rows {
		r := &rows[i]
		for _, p := range r.Peers {
			fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %.0f |\n", r.Mode, r.Framework, p.Name, formatNanoseconds(p.Added),
				formatRatio(p.FromOurs), p.Cost.Allocations-r.Bare.Allocations)
		}
	}
}

// HeadlineRate is the request rate that the README shows, in requests a second.
const HeadlineRate = 2000

// headlineRows returns the rows that COSTS.md shows: those at HeadlineRate and those
// without a rate limit.
func headlineRows(rows []ProcessRow) []ProcessRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r ProcessRow) bool { return r.Rate != HeadlineRate && r.Rate != 0 })
}

// writeProcesses writes the table of the costs of whole services.
func writeProcesses(w io.Writer, rows []ProcessRow) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprint(w, "\nThis table shows the processor time of a whole service for each request over real sockets. A request has one child span, and the service exports over OTLP/gRPC to a collector in another process. *Bare* is the service without telemetry. *Ours adds* and *upstream adds* are the differences to bare. They include the middleware, the child span, the metrics, the export and garbage collection. *Full load* means as many requests as the service can serve. Memory is the resident memory after the requests of a round.\n\n"+
		"| requests a second | framework | bare | ours | upstream | ours adds / upstream adds | ours / upstream | memory: bare | ours | upstream |\n|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for i := range rows {
		r := &rows[i]
		microseconds := func(c *ProcessCost) string { return formatWhole(c.Microseconds) + " µs" }
		memory := func(c *ProcessCost) string { return formatWhole(c.Memory) + " MB" }
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", FormatRate(r.Rate), r.Framework,
			r.formatCell(Bare, microseconds), r.formatCell(Ours, microseconds), r.formatCell(Upstream, microseconds),
			r.formatCell(Upstream, func(c *ProcessCost) string { return formatRatio(c.FromOurs) }), formatRatio(r.ToUpstream),
			r.formatCell(Bare, memory), r.formatCell(Ours, memory), r.formatCell(Upstream, memory))
	}
	fmt.Fprint(w, "\nThis is the resident memory of an idle service, after its first request:\n\n| framework | bare | ours | upstream |\n|---|--:|--:|--:|\n")
	for i := range rows {
		if r := &rows[i]; r.Rate == 0 {
			atRest := func(c *ProcessCost) string { return formatWhole(c.AtRest) + " MB" }
			fmt.Fprintf(w, "| %s | %s | %s | %s |\n", r.Framework, r.formatCell(Bare, atRest), r.formatCell(Ours, atRest), r.formatCell(Upstream, atRest))
		}
	}
}

// writePeerProcesses writes the costs of services with a vendor's
// instrumentation.
func writePeerProcesses(w io.Writer, rows []ProcessRow) {
	begun := false
	for i := range rows {
		r := &rows[i]
		for j := range r.Services {
			c := &r.Services[j]
			if _, isPeer := recordedByVendor[c.Variant]; !isPeer {
				continue
			}
			if !begun {
				begun = true
				fmt.Fprint(w, "\nThis table has whole services with the instrumentations of vendors. *A request* is the processor time of the service for each request. Each service exports to a test server that accepts the vendor's protocol. Sentry's instrumentation sends one HTTP request for each transaction, and drops transactions that it cannot send in time. New Relic's instrumentation sends only a sample of the transactions, so its rows have a dash in the last column.\n\n"+
					"| requests a second | framework | instrumentation | a request | ours adds / this adds | memory | transactions that arrived |\n|--:|---|---|--:|--:|--:|--:|\n")
			}
			arrived := dash
			if c.Arrived > 0 {
				arrived = fmt.Sprintf("%.0f %%", 100*c.Arrived)
			}
			fmt.Fprintf(w, "| %s | %s | %s | %.0f µs | %s | %.0f MB | %s |\n", FormatRate(r.Rate), r.Framework, c.Variant, c.Microseconds, formatRatio(c.FromOurs), c.Memory, arrived)
		}
	}
}

// ProfilePicture is the file that [WriteProfilePicture] writes, in the directory of the
// pages that show it.
const ProfilePicture = "profile.svg"

// writeProfiles writes the table and the picture of the parts of a service's processor time.
func writeProfiles(w io.Writer, rows []ProfileRow) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(w, "\nThe picture and the table show what a service under full load spends its processor time on, in microseconds for each request. The values come from a profile (`go run ./conformance/compare bench --part profiles`):\n\n![Bars of the processor time of services, divided into parts](%s)\n\n| framework | variant |", ProfilePicture)
	for _, p := range partDescriptions {
		fmt.Fprintf(w, " %s |", p.part)
	}
	fmt.Fprint(w, " all |\n|---|---|"+strings.Repeat("--:|", len(partDescriptions)+1)+"\n")
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(w, "| %s | %s |", r.Framework, r.Variant)
		for _, p := range partDescriptions {
			fmt.Fprintf(w, " %.1f |", r.Microseconds[p.part])
		}
		fmt.Fprintf(w, " %.1f |\n", r.total())
	}
	fmt.Fprint(w, "\n")
	for _, p := range partDescriptions {
		fmt.Fprintf(w, "- *%s*: %s.\n", p.part, p.about)
	}
}

// formatCell formats the cost of a variant, or a dash if there is none.
func (r *ProcessRow) formatCell(variant string, format func(*ProcessCost) string) string {
	c := r.Service(variant)
	if c == nil {
		return dash
	}
	return format(c)
}

// writeScale writes the tables of the costs of many routes and of concurrent requests.
func writeScale(w io.Writer, rows []ScaleRow) {
	if len(rows) == 0 {
		return
	}
	fmt.Fprint(w, "\n<details><summary>What it adds with more routes and more concurrent requests</summary>\n\n| framework | what grows | size | adds | ours / ours at the first size | floor / floor at the first size | ours / floor |\n|---|---|--:|--:|--:|--:|--:|\n")
	for i := range rows {
		for _, s := range rows[i].Steps {
			fmt.Fprintf(w, "| %s | %s | %d | %s | %s | %s | %s |\n", rows[i].Framework, rows[i].What, s.Size,
				formatNanoseconds(s.Added), formatRatio(s.ToFirst), formatRatio(s.FloorToFirst), formatRatio(s.ToFloor))
		}
	}
	fmt.Fprint(w, "\nThis is the additional memory for each route that has had a request, and for each request in progress:\n\n| framework | for each | ours | floor |\n|---|---|--:|--:|\n")
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(w, "| %s | %s | %.0f bytes | %.0f bytes |\n", r.Framework, strings.TrimSuffix(r.What, "s"), r.Memory, r.FloorMemory)
	}
	fmt.Fprint(w, "\n</details>\n")
}

// formatNanoseconds formats a time as nanoseconds or microseconds.
func formatNanoseconds(ns float64) string {
	if ns < 1000 {
		return fmt.Sprintf("%.0f ns", ns)
	}
	return fmt.Sprintf("%.2f µs", ns/1000)
}
