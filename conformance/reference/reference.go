package reference

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/samespan/samespan/conformance/internal/handlers"
)

// Telemetry is what the handlers do by OpenTelemetry's API, as an application
// would.
type Telemetry struct {
	// Span starts a span of kind INTERNAL from ctx, with attributes whose values are
	// strings or ints, and returns the context with the span and what ends it. It is
	// required.
	Span func(ctx context.Context, name string, attributes map[string]any) (context.Context, func())
	// Processed adds 1 to the counter reference.processed, without attributes. It is
	// required; a service without metrics does nothing.
	Processed func(ctx context.Context)
	// Baggage returns the members of ctx, decoded, for GET /baggage. Without it there
	// is no such route.
	Baggage func(ctx context.Context) map[string]string
	// SetBaggage returns ctx with the members of a list, such as "key=value", besides
	// those that it has, for the header X-Set-Baggage. Without it the header does
	// nothing.
	SetBaggage func(ctx context.Context, list string) (context.Context, error)
	// Describe sets the name of the span that is current in ctx, and its status to
	// ERROR with the description, for GET /described/{code}. Without it there is no
	// such route.
	Describe func(ctx context.Context, name, description string)
	// Client makes the calls of POST /relay, which carry trace context and baggage. A
	// copy of it is used, with the contract's time-out and without redirects. Without
	// it there is no such route.
	Client *http.Client
	// Background runs a task that outlives its request, as the instrumentation
	// recommends, for GET /background. Without it that route answers 501.
	Background func(ctx context.Context, name string, task func(context.Context) error)
	// Lifecycle ends the telemetry for POST /lifecycle/{action}. Without it that
	// route answers 501.
	Lifecycle Lifecycle
}

// Lifecycle is what flushes telemetry and shuts it down.
type Lifecycle interface {
	ForceFlush(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// Service is a reference service.
type Service struct{ service *handlers.Service }

// New returns a service, which must be closed. It reads the variables of the
// contract that change nothing but the service itself: SAMESPAN_SLUG,
// SAMESPAN_RECOVERY and SAMESPAN_REWRITE, the last two for [Service.Handler] alone.
// A value that the contract does not have is an error, and so is a function that is
// missing.
func New(telemetry Telemetry) (*Service, error) {
	wiring, err := readWiring(os.Getenv)
	if err != nil {
		return nil, err
	}
	config := handlers.Config{
		Span: telemetry.Span, Processed: telemetry.Processed, Baggage: telemetry.Baggage, SetBaggage: telemetry.SetBaggage,
		Describe: telemetry.Describe, Client: telemetry.Client, Background: telemetry.Background, Wiring: wiring,
	}
	if telemetry.Lifecycle != nil {
		config.Lifecycle = telemetry.Lifecycle
	}
	service, err := handlers.New(config)
	if err != nil {
		return nil, err
	}
	return &Service{service}, nil
}

// readWiring reads the contract's variables.
func readWiring(variable func(string) string) (wiring handlers.Wiring, err error) {
	if slug := variable("SAMESPAN_SLUG"); slug != "" {
		if wiring.Slug, err = strconv.ParseBool(slug); err != nil {
			return wiring, fmt.Errorf("reference: SAMESPAN_SLUG=%q, want true or false", slug)
		}
	}
	if status := variable("SAMESPAN_RECOVERY"); status != "" {
		if wiring.Recovery, err = handlers.Status(status); err != nil {
			return wiring, fmt.Errorf("reference: SAMESPAN_RECOVERY=%q, want a status from 200 to 599", status)
		}
	}
	switch where := variable("SAMESPAN_REWRITE"); where {
	case "":
	case "outside":
		wiring.RewriteOutside = true
	case "inside":
		wiring.RewriteInside = true
	default:
		return wiring, fmt.Errorf("reference: SAMESPAN_REWRITE=%q, want outside or inside", where)
	}
	return wiring, nil
}

// Close ends what the service still waits for and removes its files.
func (s *Service) Close() error { return s.service.Close() }

// Handler is the whole service on an http.ServeMux: a recovery, instrument, which is
// the middleware of the instrumentation and may be nil for none, the middleware that
// stands after it, and all routes.
func (s *Service) Handler(instrument func(http.Handler) http.Handler) http.Handler {
	return handlers.NetHTTP(s.service, instrument)
}

// Inside is for a middleware of the framework's that is registered after the
// instrumentation: it does the work of GET /context/middleware and of the header
// X-Set-Baggage, and returns the request to go on with. An error is the client's: a
// header that is no list of baggage members, to be answered with 400. Without such a
// middleware the handlers of [Service.Routes] do that work themselves, and the
// context that the framework gives to middlewares is not judged.
func (s *Service) Inside(r *http.Request) (*http.Request, error) {
	return handlers.Marked(s.service, r)
}

// Route is a route of the contract.
type Route struct {
	Method string
	// Pattern is the path as an http.ServeMux writes it: /process/{item_id},
	// /files/{path...}.
	Pattern string
	// Handler finds the parameters in the request's path values, or else in its
	// path.
	Handler http.Handler
}

// Routes returns the routes for a framework's router, in an order that suits those
// that take the first one that matches. POST /batch is not among them, since it
// serves requests by the whole service.
func (s *Service) Routes() []Route {
	var routes []Route
	for _, route := range handlers.Routes(s.service) {
		routes = append(routes, Route(route))
	}
	return routes
}

// Path is the pattern as the template of a framework writes it, such as
// [GinTemplate].
func (r *Route) Path(template func(route string) string) string { return template(r.Pattern) }

// MuxTemplate writes a route as http.ServeMux does, where the pattern of a file server
// is its prefix. It is the Subject.Template of a service with net/http's handlers.
func MuxTemplate(route string) string { return strings.TrimSuffix(route, "{filepath...}") }

// GinTemplate writes a route as Gin and Express do: /process/:item_id, /files/*path.
// It is the Subject.Template of a service with these.
func GinTemplate(route string) string { return withColons(route, true) }

// StarTemplate writes a route as Echo and Fiber do: /process/:item_id, /files/*. It
// is the Subject.Template of a service with these.
func StarTemplate(route string) string { return withColons(route, false) }

func withColons(route string, named bool) string {
	fixed, parameter, ok := strings.Cut(route, "{")
	if !ok {
		return route
	}
	name, rest, _ := strings.Cut(parameter, "}")
	switch wildcard, isWildcard := strings.CutSuffix(name, "..."); {
	case isWildcard && named:
		name = "*" + wildcard
	case isWildcard:
		name = "*"
	default:
		name = ":" + name
	}
	return fixed + name + rest
}
