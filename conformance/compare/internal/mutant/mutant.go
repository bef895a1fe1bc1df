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

// Mutant is a broken subject. What is nil is as it should be.
type Mutant struct {
	Name string
	// Breaks are the checks that fail on it, and no others do.
	Breaks []string

	// Base names the subject that is broken, nethttpotel if it is "". Another
	// one is for checks that do not apply to net/http, and has no Instrument,
	// Inner and Outer.
	Base string
	// Server replaces the base's server, and so the fields that are about
	// handlers.
	Server func(service *reference.Service, tel *core.Telemetry, addr string) core.Server

	// Options are added to those of core.Setup.
	Options []core.Option
	// Env are variables, as NAME=value, that replace what the suite set.
	Env []string
	// Instrument replaces nethttpotel.Middleware.
	Instrument func(*core.Telemetry) func(http.Handler) http.Handler
	// Inner stands between the middleware and the mux. One that passes on
	// another request does so by [forward], or the route is lost as well.
	Inner func(http.Handler) http.Handler
	// Outer stands between the service's recovery and the middleware.
	Outer func(http.Handler) http.Handler
	// Echo stands around Echo's middleware, where that is the base.
	Echo echo.MiddlewareFunc
	// Traces and Metrics change exports on their way to the receiver.
	Traces  func(*collectortrace.ExportTraceServiceRequest)
	Metrics func(*collectormetrics.ExportMetricsServiceRequest)
	// Serve replaces tel.Serve: the life cycle from listening to the end.
	Serve func(ctx context.Context, tel *core.Telemetry, server core.Server) error
	// Lifecycle stands before tel's own flush and shutdown, for the routes that
	// call them while the service goes on.
	Lifecycle func(tel *core.Telemetry) reference.Lifecycle
	// GivesUp never exports again after one export that has failed.
	GivesUp bool
	// KeepsConnection exports over one connection, whatever becomes of it.
	KeepsConnection bool
	// Answer changes what an export is answered.
	Answer func(error) error
	// Believes takes every answer to an export by http/protobuf for a success, and
	// follows redirects.
	Believes bool
	// Background replaces tel.Go.
	Background func(ctx context.Context, tel *core.Telemetry, name string, task func(context.Context) error)
}

// All are the mutants, area by area.
func All() []Mutant {
	return slices.Concat(
		parentMutants, spanMutants, errorMutants, excludeMutants, metricMutants, flushMutants, transparentMutants, trustMutants,
	)
}

// intact names the subject with nothing broken, in a mutant's surroundings.
const intact = "intact"

// base is the subject that the mutant is made of.
func (m *Mutant) base() (subject.Subject, error) {
	if m.Base == "" {
		return subject.Named("nethttpotel")
	}
	return subject.Named(m.Base)
}

func named(name string) (Mutant, error) {
	if name == intact {
		return Mutant{Name: intact}, nil
	}
	for _, t := range twins {
		if t.Name == name {
			return t.Mutant, nil
		}
	}
	for _, m := range All() {
		if m.Name == name {
			return m, nil
		}
	}
	return Mutant{}, fmt.Errorf("there is no mutant %q", name)
}

// forward passes changed on in the place of r, and the pattern that the mux
// matched back.
func forward(next http.Handler, w http.ResponseWriter, r, changed *http.Request) {
	defer func() { r.Pattern = changed.Pattern }()
	next.ServeHTTP(w, changed)
}

// exports reports whether the mutant changes what is exported, or how.
func (m *Mutant) exports() bool {
	return m.Traces != nil || m.Metrics != nil || m.GivesUp || m.KeepsConnection || m.Answer != nil
}
