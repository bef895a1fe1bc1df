package mutant

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/conformance/compare/internal/subject"
	"github.com/samespan/samespan/core"
)

// Mutant is a broken subject. Fields that are nil are not changed.
type Mutant struct {
	Name string
	// Breaks are exactly the checks that must fail.
	Breaks []string

	// Base names the subject that is broken, nethttpotel if it is "". Another
	// one is for checks that do not apply to net/http; it cannot have
	// Instrument, Inner and Outer.
	Base string
	// Server replaces the base's server, and thereby the fields for handlers.
	Server func(service *reference.Service, tel *core.Telemetry, addr string) core.Server

	// Options are added to those of core.Setup.
	Options []core.Option
	// Env are variables, as NAME=value, that replace those set by the suite.
	Env []string
	// Instrument replaces nethttpotel.Middleware.
	Instrument func(*core.Telemetry) func(http.Handler) http.Handler
	// Inner is a middleware between the instrumentation and the mux. One that
	// passes on another request must use [forward], so that the route is not
	// lost too.
	Inner func(http.Handler) http.Handler
	// Outer is a middleware between the service's recovery and the
	// instrumentation.
	Outer func(http.Handler) http.Handler
	// Echo is a middleware around Echo's, if the base uses Echo.
	Echo echo.MiddlewareFunc
	// Traces and Metrics change exports on their way to the receiver.
	Traces  func(*collectortrace.ExportTraceServiceRequest)
	Metrics func(*collectormetrics.ExportMetricsServiceRequest)
	// Serve replaces tel.Serve: the lifecycle from listening to the end.
	Serve func(ctx context.Context, tel *core.Telemetry, server core.Server) error
	// Lifecycle wraps tel's own flush and shutdown, for the routes that call
	// them while the service runs.
	Lifecycle func(tel *core.Telemetry) reference.Lifecycle
	// GivesUp stops exporting after the first failed export.
	GivesUp bool
	// KeepsConnection exports over one connection, even if it fails.
	KeepsConnection bool
	// Answer changes the result of an export.
	Answer func(error) error
	// Believes takes every response to an http/protobuf export for a success,
	// and follows redirects.
	Believes bool
	// FailedStart reports an error of the service and ends the process, in place of
	// the base's message and exit status 1.
	FailedStart func(error)
	// Background replaces tel.Go.
	Background func(ctx context.Context, tel *core.Telemetry, name string, task func(context.Context) error)
}

// All are the mutants, area by area. Those of shutdowns begin, since their checks
// take longest: the others run beside them.
func All() []Mutant {
	return slices.Concat(
		flushMutants, parentMutants, spanMutants, errorMutants, excludeMutants, metricMutants, transparentMutants, trustMutants,
	)
}

// intactName is a subject without a defect, in a mutant's environment.
const intactName = "intact"

// base returns the subject that the mutant is based on.
func (m *Mutant) base() (subject.Subject, error) {
	if m.Base == "" {
		return subject.Named("nethttpotel")
	}
	return subject.Named(m.Base)
}

func findMutant(name string) (Mutant, error) {
	if name == intactName {
		return Mutant{Name: intactName}, nil
	}
	if name == withoutOptIn.Name {
		return withoutOptIn, nil
	}
	for _, v := range allowedVariants {
		if v.Name == name {
			return v.Mutant, nil
		}
	}
	for _, m := range All() {
		if m.Name == name {
			return m, nil
		}
	}
	return Mutant{}, fmt.Errorf("there is no mutant %q", name)
}

// forwardRequest passes changed on instead of r, and copies the matched pattern back.
func forwardRequest(next http.Handler, w http.ResponseWriter, r, changed *http.Request) {
	defer func() { r.Pattern = changed.Pattern }()
	next.ServeHTTP(w, changed)
}

// exports reports whether the mutant changes what is exported, or how.
func (m *Mutant) exports() bool {
	return m.Traces != nil || m.Metrics != nil || m.GivesUp || m.KeepsConnection || m.Answer != nil
}
