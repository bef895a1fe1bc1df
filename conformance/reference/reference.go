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

// Telemetry has the functions through which the handlers call OpenTelemetry's API, as an
// application would.
type Telemetry struct {
	// Span starts a span of kind INTERNAL from ctx, with attributes whose values are
	// strings or ints. It returns the context with the span, and a function that ends the
	// span. It is required.
	Span func(ctx context.Context, name string, attributes map[string]any) (context.Context, func())
	// Processed adds 1 to the counter reference.processed, without attributes. It is
	// required; in a service without metrics it may do nothing.
	Processed func(ctx context.Context)
	// Baggage returns the decoded baggage members of ctx, for GET /baggage. If nil, there
	// is no such route.
	Baggage func(ctx context.Context) map[string]string
	// SetBaggage adds the members of a list, such as "key=value", to the baggage of ctx,
	// for the header X-Set-Baggage. If nil, the header has no effect.
	SetBaggage func(ctx context.Context, list string) (context.Context, error)
	// Describe sets the name of the current span in ctx, and sets its status to ERROR
	// with the description, for GET /described/{code}. If nil, there is no such route.
	Describe func(ctx context.Context, name, description string)
	// Client makes the calls of POST /relay, with trace context and baggage. A copy of
	// Client is used, with the contract's timeout and without redirects. If nil, there is
	// no such route.
	Client *http.Client
	// Background runs a task that outlives its request, as the instrumentation
	// recommends, for GET /background. If nil, the route answers 501.
	Background func(ctx context.Context, name string, task func(context.Context) error)
	// Lifecycle flushes or shuts down the telemetry, for POST /lifecycle/{action}. If
	// nil, the route answers 501.
	Lifecycle Lifecycle
}

// Lifecycle flushes and shuts down telemetry. It will not get more methods.
type Lifecycle interface {
	ForceFlush(ctx context.Context) error
	Shutdown(ctx context.Context) error
}

// Service is a reference service.
type Service struct{ service *handlers.Service }

// New returns a service, which must be closed. It reads those variables of the contract
// that affect only the service itself: SAMESPAN_SLUG, SAMESPAN_RECOVERY and
// SAMESPAN_REWRITE. The last two affect only [Service.Handler]. New returns an error if a
// variable has an invalid value, or a required function is nil.
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

// readWiring reads the environment variables that [New] documents. getenv returns the
// value of an environment variable.
func readWiring(getenv func(string) string) (wiring handlers.Wiring, err error) {
	if slug := getenv("SAMESPAN_SLUG"); slug != "" {
		if wiring.Slug, err = strconv.ParseBool(slug); err != nil {
			return wiring, fmt.Errorf("reference: SAMESPAN_SLUG=%q, want true or false", slug)
		}
	}
	if status := getenv("SAMESPAN_RECOVERY"); status != "" {
		if wiring.Recovery, err = handlers.Status(status); err != nil {
			return wiring, fmt.Errorf("reference: SAMESPAN_RECOVERY=%q, want a status from 200 to 599", status)
		}
	}
	switch where := getenv("SAMESPAN_REWRITE"); where {
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

// Close ends the handlers that still wait, and removes the service's files.
func (s *Service) Close() error { return s.service.Close() }

// Handler returns the whole service on an http.ServeMux. From the outside in, it has a
// middleware that recovers panics, the instrumentation's middleware instrument (nil for
// none), the service's own middleware (see [Service.Inside]), and all routes.
func (s *Service) Handler(instrument func(http.Handler) http.Handler) http.Handler {
	return handlers.NetHTTP(s.service, instrument)
}

// Inside does the work of the service's own middleware, for GET /context/middleware and
// the header X-Set-Baggage. Call it in a middleware of your framework that runs inside the
// instrumentation's middleware, and call the next handler with the request that it returns.
// If it returns an error, the header is not a list of baggage members: respond with 400.
// Without such a middleware, the handlers of [Service.Routes] do the work themselves, and
// the checks do not cover the context that the framework gives to middlewares.
func (s *Service) Inside(r *http.Request) (*http.Request, error) {
	return handlers.Marked(s.service, r)
}

// Route is a route of the contract.
type Route struct {
	Method string
	// Pattern is the path in the format of http.ServeMux: /process/{item_id},
	// /files/{path...}.
	Pattern string
	// Handler reads the parameters from the request's path values or, if there are none,
	// from its path.
	Handler http.Handler
}

// Routes returns the routes for a framework's router. They are ordered for routers that
// take the first matching route. POST /batch is not included, since it needs the handler
// of the whole service.
func (s *Service) Routes() []Route {
	var routes []Route
	for _, route := range handlers.Routes(s.service) {
		routes = append(routes, Route(route))
	}
	return routes
}

// Path returns the pattern in the framework's form. The function template, such as
// [GinTemplate], does the conversion.
func (r *Route) Path(template func(route string) string) string { return template(r.Pattern) }

// MuxTemplate converts a route to the form of http.ServeMux, in which the pattern of a
// file server is its prefix. It is the Subject.Template of a service on http.ServeMux.
func MuxTemplate(route string) string { return strings.TrimSuffix(route, "{filepath...}") }

// GinTemplate converts a route to the form of Gin and Express: /process/:item_id,
// /files/*path. It is the Subject.Template of a service in one of these frameworks.
func GinTemplate(route string) string { return withColons(route, true) }

// StarTemplate converts a route to the form of Echo and Fiber: /process/:item_id,
// /files/*. It is the Subject.Template of a service in one of these frameworks.
func StarTemplate(route string) string { return withColons(route, false) }

// withColons converts the parameter of a route, such as {item_id}, to a colon and its
// name. A wildcard becomes an asterisk, followed by its name if hasWildcardName is true.
func withColons(route string, hasWildcardName bool) string {
	fixed, parameter, ok := strings.Cut(route, "{")
	if !ok {
		return route
	}
	name, rest, _ := strings.Cut(parameter, "}")
	switch wildcard, isWildcard := strings.CutSuffix(name, "..."); {
	case isWildcard && hasWildcardName:
		name = "*" + wildcard
	case isWildcard:
		name = "*"
	default:
		name = ":" + name
	}
	return fixed + name + rest
}
