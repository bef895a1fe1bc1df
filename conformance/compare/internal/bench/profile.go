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

// ProfileRow has the processor time of each part of a service's work under full load.
type ProfileRow struct {
	Framework string `json:"framework"`
	Variant   string `json:"variant"`
	// Microseconds are the processor times of a request, by [Part].
	Microseconds map[Part]float64 `json:"us"`
	// Samples is the number of samples in the profile.
	Samples int `json:"samples"`
}

// total returns the processor time of a request, in microseconds.
func (r *ProfileRow) total() float64 {
	sum := 0.0
	for _, us := range r.Microseconds {
		sum += us
	}
	return sum
}

// Part is a part of a service's work.
type Part string

// The parts of a service's work.
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

// partDescriptions are the parts with their descriptions, in the order in which tables and
// pictures show them.
var partDescriptions = []struct {
	part  Part
	about string
}{
	{PartService, "the server, the framework and the handler"},
	{PartMiddleware, "the instrumentation's own code"},
	{PartSpans, "the SDK's work for the server span and the handler's child span, and the work of the export queue"},
	{PartMetrics, "the SDK's work for metrics"},
	{PartEncoding, "the encoding of spans and metrics as protobuf"},
	{PartTransport, "gRPC to the collector"},
	{PartCollection, "the collection of the memory that all other parts allocate"},
	{PartRuntime, "goroutines, timers and the network poller, and everything that belongs to no other part"},
}

// gcFunctions are functions of the garbage collector. The time of functions that they call
// counts as garbage collection too.
var gcFunctions = []string{
	"runtime.gcBgMarkWorker", "runtime.gcAssistAlloc", "runtime.gcStart", "runtime.gcMarkDone", "runtime.bgsweep", "runtime.bgscavenge",
	"runtime.deductSweepCredit", "runtime.wbBufFlush", "runtime.(*mcentral).cacheSpan", "runtime.(*mspan).sweep",
}

// partsByPrefix maps prefixes of function names to the parts of a service's work. The
// longest matching prefix applies. The value "" marks helper functions: their time counts
// for their callers.
var partsByPrefix = map[string]Part{
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
	// These methods only forward fasthttp's reads and writes to the connection.
	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel.(*connection)":    "",
	"github.com/samespan/samespan/fiberotel/internal/fasthttpotel.(*tcpConnection)": "",
}

// partOfStack returns the part to which the time of a stack counts: garbage collection if
// one of gcFunctions is on the stack, and otherwise the part of the innermost function
// that has a part. The stack begins with the innermost function.
func partOfStack(stack []string) Part {
	var part Part
	for _, function := range stack {
		if slices.ContainsFunc(gcFunctions, func(name string) bool { return strings.HasPrefix(function, name) }) {
			return PartCollection
		}
		if part == "" {
			part = partOfFunction(function)
		}
	}
	return cmp.Or(part, PartRuntime)
}

// partOfFunction returns the part that a function belongs to, or "".
func partOfFunction(function string) (part Part) {
	longest := ""
	for prefix, prefixPart := range partsByPrefix {
		if len(prefix) > len(longest) && strings.HasPrefix(function, prefix) {
			longest, part = prefix, prefixPart
		}
	}
	return part
}

// ProfiledFrameworks are the frameworks whose services are profiled: one on net/http's
// server and one on fasthttp.
var ProfiledFrameworks = []string{"Gin", "Fiber"}

// profileTurns is the duration of a profile, as a multiple of a turn.
const profileTurns = 10

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
		for _, p := range newProcesses(f) {
			if p.isPeer() {
				continue
			}
			row, err := p.profile(ctx, o, filepath.Join(folder, p.variant))
			if err != nil {
				return rows, fmt.Errorf("bench: profile of %s: %w", p.name, err)
			}
			row.Framework = f
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// profile profiles the service under full load, writes the profile to file, and returns
// the time of each part.
func (p *process) profile(ctx context.Context, o ProcessOptions, file string) (ProfileRow, error) {
	if err := p.start(ctx, append(slices.Clone(o.Command), "--profile", file)); err != nil {
		return ProfileRow{}, errors.Join(err, p.stop(ctx))
	}
	served, err := p.connections.send(0, profileTurns*o.Turn)
	if err := errors.Join(err, p.awaitSpans(ctx, served), p.stop(ctx)); err != nil {
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
	return newProfileRow(p.variant, read, served), nil
}

// newProfileRow divides the profile of a service into parts. served is the number of
// requests during the profile. Samples of the main goroutine are ignored, because it only
// starts and stops the service: other goroutines serve the requests.
func newProfileRow(variant string, read *profile.Profile, served int) ProfileRow {
	row := ProfileRow{Variant: variant, Microseconds: make(map[Part]float64)}
	for _, sample := range read.Sample {
		stack := stackOf(sample)
		if slices.Contains(stack, "main.main") {
			continue
		}
		// The values of a sample are the number of samples and the nanoseconds.
		row.Samples += int(sample.Value[0])
		row.Microseconds[partOfStack(stack)] += float64(sample.Value[1]) / float64(time.Microsecond) / float64(served)
	}
	return row
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
