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

// Mutant is a broken subject. A nil field leaves that part of the subject unchanged.
type Mutant struct {
	Name string
	// Breaks are exactly the checks that must fail.
	Breaks []string

	// Base is the name of the subject to break; "" means nethttpotel. Set it for checks that
	// do not apply to net/http. Instrument, Inner and Outer must then be nil.
	Base string
	// Server replaces the base's server. If it is set, the fields Instrument, Inner, Outer
	// and Echo have no effect.
	Server func(service *reference.Service, tel *core.Telemetry, addr string) core.Server

	// Options are added to the options of core.Setup.
	Options []core.Option
	// Env are environment variables, as NAME=value, that override those set by the suite.
	Env []string
	// Instrument replaces nethttpotel.Middleware.
	Instrument func(*core.Telemetry) func(http.Handler) http.Handler
	// Inner is a middleware between the instrumentation and the mux. If it replaces the
	// request, it must call the next handler with [forwardRequest], so that the route is not
	// lost.
	Inner func(http.Handler) http.Handler
	// Outer is a middleware between the service's recovery and the
	// instrumentation.
	Outer func(http.Handler) http.Handler
	// Echo is a middleware outside Echo's instrumentation, if the base uses Echo.
	Echo echo.MiddlewareFunc
	// Traces and Metrics change exports before they reach the receiver.
	Traces  func(*collectortrace.ExportTraceServiceRequest)
	Metrics func(*collectormetrics.ExportMetricsServiceRequest)
	// Serve replaces tel.Serve: the lifecycle from listening to shutdown.
	Serve func(ctx context.Context, tel *core.Telemetry, server core.Server) error
	// Lifecycle wraps the flush and shutdown of tel, for the routes that call them while
	// the service is running.
	Lifecycle func(tel *core.Telemetry) reference.Lifecycle
	// GivesUp is set if the mutant stops exporting after the first failed export.
	GivesUp bool
	// KeepsConnection is set if the mutant exports over one connection, even after that
	// connection has failed.
	KeepsConnection bool
	// Answer changes the response that the service gets for an export.
	Answer func(error) error
	// Believes is set if the mutant treats every response to an http/protobuf export as a
	// success, and follows redirects.
	Believes bool
	// FailedStart reports an error of the service and ends the process. It replaces the
	// base's message and its exit status 1.
	FailedStart func(error)
	// Background replaces tel.Go.
	Background func(ctx context.Context, tel *core.Telemetry, name string, task func(context.Context) error)
}

// All returns the mutants, area by area. Mutants for shutdowns come first: their checks take
// longest, and the other mutants can run at the same time.
func All() []Mutant {
	return slices.Concat(
		flushMutants, parentMutants, spanMutants, errorMutants, responseEndMutants, excludeMutants, metricMutants, transparentMutants, trustMutants,
	)
}

// intactName is the name of a subject without a defect, which runs in the same environment
// as the mutants.
const intactName = "intact"

// base returns the subject that the mutant is based on.
func (m *Mutant) base() (subject.Subject, error) {
	if m.Base == "" {
		return subject.Named("nethttpotel")
	}
	return subject.Named(m.Base)
}

// findMutant returns the mutant with the name. It also finds the allowed variants, the subjects
// to which checks are not applicable, and the subject without a defect.
func findMutant(name string) (Mutant, error) {
	if name == intactName {
		return Mutant{Name: intactName}, nil
	}
	for _, m := range []Mutant{noOptInMutant, deltaMutant, noAddressMutant} {
		if name == m.Name {
			return m, nil
		}
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

// forwardRequest calls next with changed instead of r. Afterwards, it copies the mux's
// pattern from changed to r.
func forwardRequest(next http.Handler, w http.ResponseWriter, r, changed *http.Request) {
	defer func() { r.Pattern = changed.Pattern }()
	next.ServeHTTP(w, changed)
}

// changesExports reports whether the mutant changes the exported telemetry or the way of
// exporting it.
func (m *Mutant) changesExports() bool {
	return m.Traces != nil || m.Metrics != nil || m.GivesUp || m.KeepsConnection || m.Answer != nil
}
