package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// ProfileRow says how the processor time of a service under full load is divided.
type ProfileRow struct {
	Framework string `json:"framework"`
	Variant   string `json:"variant"`
	// Microseconds are the processor times of a request, by [Part].
	Microseconds map[Part]float64 `json:"us"`
	// Samples is the number of samples of the profile.
	Samples int `json:"samples"`
}

// total is the processor time of a request, in microseconds.
func (r *ProfileRow) total() float64 {
	sum := 0.0
	for _, us := range r.Microseconds {
		sum += us
	}
	return sum
}

// Part is a part of a service's work.
type Part string

// Parts lists all parts, from the service itself to the work that runs beside it.
const (
	PartService    Part = "service"
	PartMiddleware Part = "middleware"
	PartSpans      Part = "spans"
	PartMetrics    Part = "metrics"
	PartEncoding   Part = "encoding"
	PartTransport  Part = "transport"
	PartCollection Part = "garbage collection"
	PartRuntime    Part = "scheduler"
)

// parts lists each part with its explanation, in the order of a table.
var parts = []struct {
	part  Part
	about string
}{
	{PartService, "the server, the framework and the handler"},
	{PartMiddleware, "the instrumentation's own code"},
	{PartSpans, "the SDK's spans, the handler's too, and the queue for the export"},
	{PartMetrics, "the SDK's metrics"},
	{PartEncoding, "the exported spans and metrics as protobuf"},
	{PartTransport, "gRPC to the collector"},
	{PartCollection, "of the memory that all of these allocate"},
	{PartRuntime, "goroutines, timers and the network poller, and what has no other part"},
}

// collecting are functions of the garbage collector. Functions that they call belong to
// the garbage collection too.
var collecting = []string{
	"runtime.gcBgMarkWorker", "runtime.gcAssistAlloc", "runtime.gcStart", "runtime.gcMarkDone", "runtime.bgsweep", "runtime.bgscavenge",
	"runtime.deductSweepCredit", "runtime.wbBufFlush", "runtime.(*mcentral).cacheSpan", "runtime.(*mspan).sweep",
}

// owners maps prefixes of function names to parts. The longest matching prefix counts. A
// function that works on behalf of its caller has no part.
var owners = map[string]Part{
	"net/http.":                                           PartService,
	"github.com/gin-gonic/":                               PartService,
	"github.com/labstack/":                                PartService,
	"github.com/gofiber/":                                 PartService,
	"github.com/gofiber/contrib/":                         PartMiddleware,
	"github.com/valyala/":                                 PartService,
	"github.com/go-chi/":                                  PartService,
	"github.com/riandyrn/":                                PartMiddleware,
	"github.com/samespan/samespan/":                       PartMiddleware,
	"go.opentelemetry.io/contrib/":                        PartMiddleware,
	"go.opentelemetry.io/otel/semconv":                    PartMiddleware,
	"go.opentelemetry.io/otel/sdk/trace":                  PartSpans,
	"go.opentelemetry.io/otel/sdk/metric":                 PartMetrics,
	"go.opentelemetry.io/otel/propagation":                PartMiddleware,
	"go.opentelemetry.io/otel/exporters/":                 PartEncoding,
	"google.golang.org/protobuf/":                         PartEncoding,
	"google.golang.org/grpc":                              PartTransport,
	"golang.org/x/net/http2":                              PartTransport,
	"github.com/samespan/samespan/conformance/":           PartService,
	"github.com/samespan/samespan/core/internal/sampling": PartSpans,
	"github.com/samespan/samespan/core/internal/pipeline": PartSpans,
	"github.com/samespan/samespan/core/internal/spanwire": PartEncoding,

	"net/http.(*Request).WithContext": "",
	"net/http.(*Request).Clone":       "",
	"net/http.Header.":                "",
	// These methods pass on fasthttp's reads and writes.
	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel.(*connection)":    "",
	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel.(*tcpConnection)": "",
}

// partOf returns the part that a stack, with the innermost function first, belongs to:
// the garbage collection if one of the collector's functions is on the stack, and
// otherwise the part of the innermost function that has one.
func partOf(stack []string) Part {
	var part Part
	for _, function := range stack {
		if slices.ContainsFunc(collecting, func(name string) bool { return strings.HasPrefix(function, name) }) {
			return PartCollection
		}
		if part == "" {
			part = ownerOf(function)
		}
	}
	return cmp.Or(part, PartRuntime)
}

// ownerOf returns the part that a function belongs to, or "".
func ownerOf(function string) (part Part) {
	longest := ""
	for prefix, owner := range owners {
		if len(prefix) > len(longest) && strings.HasPrefix(function, prefix) {
			longest, part = prefix, owner
		}
	}
	return part
}

// ProfiledFrameworks are the frameworks whose services are profiled: one on net/http's
// server and one on fasthttp.
var ProfiledFrameworks = []string{"Gin", "Fiber"}

// profileTime is how long a service is profiled, in turns.
const profileTime = 10

// MeasureProfiles profiles the bare service, ours and upstream's under full load, one
// after the other. The command must accept the flag --profile.
func MeasureProfiles(ctx context.Context, frameworks []string, o ProcessOptions) ([]ProfileRow, error) {
	folder, err := os.MkdirTemp("", "samespan-profile-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	var rows []ProfileRow
	for _, f := range frameworks {
		for _, p := range processes(f) {
			if p.isPeer() {
				continue
			}
			row, err := p.profile(ctx, o, filepath.Join(folder, p.variant))
			if err != nil {
				return rows, fmt.Errorf("bench: profile of %s: %w", p.subject, err)
			}
			row.Framework = f
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// profile runs the service under a profiler and returns the parts of the profile.
func (p *process) profile(ctx context.Context, o ProcessOptions, file string) (ProfileRow, error) {
	if err := p.start(ctx, append(slices.Clone(o.Command), "--profile", file)); err != nil {
		return ProfileRow{}, errors.Join(err, p.stop(ctx))
	}
	served, err := p.clients.send(0, profileTime*o.Turn)
	if err := errors.Join(err, p.receive(ctx, served), p.stop(ctx)); err != nil {
		return ProfileRow{}, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return ProfileRow{}, err
	}
	read, err := profile.ParseData(data)
	if err != nil {
		return ProfileRow{}, err
	}
	row := ProfileRow{Variant: p.variant, Microseconds: make(map[Part]float64)}
	for _, sample := range read.Sample {
		// The values of a sample are the number of samples and the nanoseconds.
		row.Samples += int(sample.Value[0])
		row.Microseconds[partOf(stackOf(sample))] += float64(sample.Value[1]) / float64(time.Microsecond) / float64(served)
	}
	return row, nil
}

// stackOf returns the functions of a sample, the innermost first.
func stackOf(sample *profile.Sample) []string {
	var stack []string
	for _, location := range sample.Location {
		for _, line := range location.Line {
			stack = append(stack, line.Function.Name)
		}
	}
	return stack
}
