package subject

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/conformance/compare/internal/reference"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/core/httpserver"
)

// Variables are the contract's variables, SAMESPAN_*, with which the suite changes how a
// subject is set up.
type Variables struct {
	// Bare is set if the service must not be instrumented.
	Bare bool
	// Braces is set if routes must be recorded in the form /process/{item_id}.
	Braces bool
	// PublicEndpoint is set if the service must trust no caller.
	PublicEndpoint bool
	// TrustedProxies are the addresses and CIDR ranges of trusted proxies.
	TrustedProxies []string
	// Nesting adds a second middleware. "outer" puts net/http's middleware around the
	// framework's, "twice" registers the framework's twice, and "" adds none.
	Nesting string
	// Hooks sets the hooks for span names and attributes. With "name", each returns a fixed
	// value; with "panic", each panics; with "", there are none.
	Hooks string
	// Sampler is the prefix of paths that the service's own sampler drops. If "", the
	// service has no such sampler.
	Sampler string
	// SensitiveQueryKeys, unless empty, replaces the default list of query keys whose values
	// are redacted.
	SensitiveQueryKeys []string
	// NoQuery is set if url.query must not be recorded.
	NoQuery bool
	// ActiveRequests and BodySizes enable telemetry that is off by default.
	ActiveRequests, BodySizes bool
	// AdminAddr is the address of a second server. If "", there is none.
	AdminAddr string
	// Service has the variables that affect only the service itself.
	Service reference.Wiring
}

// The values of SAMESPAN_NESTING and SAMESPAN_HOOKS.
const (
	nestingOuter = "outer" // net/http's middleware around the framework's middleware
	nestingTwice = "twice" // the framework's middleware registered twice
	hooksSetName = "name"  // hooks that set the span's name and add an attribute
	hooksPanic   = "panic" // hooks that panic
)

// readVariables reads the variables from the environment.
func readVariables() (v Variables, err error) {
	if v.Bare, err = boolVariable("SAMESPAN_BARE"); err != nil {
		return v, err
	}
	if v.PublicEndpoint, err = boolVariable("SAMESPAN_PUBLIC_ENDPOINT"); err != nil {
		return v, err
	}
	format, err := enumVariable("SAMESPAN_ROUTE_FORMAT", "braces")
	if err != nil {
		return v, err
	}
	v.Braces = format != ""
	if proxies := os.Getenv("SAMESPAN_TRUSTED_PROXIES"); proxies != "" {
		v.TrustedProxies = strings.Split(proxies, ",")
	}
	if v.Nesting, err = enumVariable("SAMESPAN_NESTING", nestingOuter, nestingTwice); err != nil {
		return v, err
	}
	if v.Hooks, err = enumVariable("SAMESPAN_HOOKS", hooksSetName, hooksPanic); err != nil {
		return v, err
	}
	if v, err = readSamplerAndQueryVariables(v); err != nil {
		return v, err
	}
	return readServiceVariables(v)
}

// readServiceVariables reads SAMESPAN_ADMIN_ADDR, SAMESPAN_OPT_IN, and the variables that
// affect only the service itself.
func readServiceVariables(v Variables) (Variables, error) {
	v.AdminAddr = os.Getenv("SAMESPAN_ADMIN_ADDR")
	for item := range strings.SplitSeq(os.Getenv("SAMESPAN_OPT_IN"), ",") {
		switch item {
		case "active_requests":
			v.ActiveRequests = true
		case "body_sizes":
			v.BodySizes = true
		case "":
		default:
			return v, fmt.Errorf("SAMESPAN_OPT_IN=%q, want active_requests, body_sizes or both, separated by a comma", item)
		}
	}
	if status := os.Getenv("SAMESPAN_RECOVERY"); status != "" {
		var err error
		if v.Service.Recovery, err = reference.Status(status); err != nil {
			return v, fmt.Errorf("SAMESPAN_RECOVERY=%q: %w", status, err)
		}
	}
	kind, err := enumVariable("SAMESPAN_OUTSIDE", "internal", "server")
	if err != nil {
		return v, err
	}
	v.Service.Outside = map[string]trace.SpanKind{"internal": trace.SpanKindInternal, "server": trace.SpanKindServer}[kind]
	where, err := enumVariable("SAMESPAN_REWRITE", "outside", "inside")
	if err != nil {
		return v, err
	}
	v.Service.RewriteOutside, v.Service.RewriteInside = where == "outside", where == "inside"
	v.Service.Slug, err = boolVariable("SAMESPAN_SLUG")
	return v, err
}

// readSamplerAndQueryVariables reads the variables for the sampler and for url.query.
func readSamplerAndQueryVariables(v Variables) (Variables, error) {
	v.Sampler = os.Getenv("SAMESPAN_SAMPLER")
	if v.Sampler != "" && !strings.HasPrefix(v.Sampler, "/") {
		return v, fmt.Errorf("SAMESPAN_SAMPLER=%q, want a path that begins with /", v.Sampler)
	}
	if keys := os.Getenv("SAMESPAN_SENSITIVE_QUERY_KEYS"); keys != "" {
		v.SensitiveQueryKeys = strings.Split(keys, ",")
	}
	query, err := enumVariable("SAMESPAN_QUERY", "off")
	v.NoQuery = query != ""
	return v, err
}

// boolVariable returns the value of an environment variable, and false if it is not set.
func boolVariable(name string) (bool, error) {
	value := os.Getenv(name)
	if value == "" {
		return false, nil
	}
	on, err := strconv.ParseBool(value)
	if err != nil {
		return false, fmt.Errorf("%s=%q, want true or false", name, value)
	}
	return on, nil
}

// enumVariable returns the value of an environment variable, or "" if it is not set. It
// returns an error if the value is not one of values.
func enumVariable(name string, values ...string) (string, error) {
	value := os.Getenv(name)
	if value == "" {
		return "", nil
	}
	for _, known := range values {
		if value == known {
			return value, nil
		}
	}
	return "", fmt.Errorf("%s=%q, want %s", name, value, strings.Join(values, " or "))
}

// options returns the options of core.Setup for the variables.
func (v Variables) options() []core.Option {
	var options []core.Option
	if v.Braces {
		options = append(options, core.WithRouteFormat(httpserver.RouteBraces))
	}
	if v.PublicEndpoint {
		options = append(options, core.WithPublicEndpoint(httpserver.AlwaysPublic))
	}
	if len(v.TrustedProxies) > 0 {
		options = append(options, core.WithTrustedProxies(v.TrustedProxies...))
	}
	if v.Sampler != "" {
		options = append(options, core.WithSampler(Sampler(v.Sampler)))
	}
	if len(v.SensitiveQueryKeys) > 0 {
		options = append(options, core.WithSensitiveQueryKeys(v.SensitiveQueryKeys...))
	}
	if v.NoQuery {
		options = append(options, core.WithoutQuery())
	}
	if v.ActiveRequests {
		options = append(options, core.WithActiveRequests())
	}
	if v.BodySizes {
		options = append(options, core.WithBodySizes())
	}
	return options
}

// spanNameHook returns the hook that names spans, or nil. C is the framework's context
// type.
func spanNameHook[C any](v Variables) func(C) string {
	switch v.Hooks {
	case hooksSetName:
		return func(C) string { return "hooked" }
	case hooksPanic:
		return func(C) string { panic("the span name hook of the service panics") }
	default:
		return nil
	}
}

// attributesHook returns the hook that adds attributes, or nil.
func attributesHook[C any](v Variables) func(C) []attribute.KeyValue {
	switch v.Hooks {
	case hooksSetName:
		return func(C) []attribute.KeyValue { return []attribute.KeyValue{attribute.String("hook.attribute", "yes")} }
	case hooksPanic:
		return func(C) []attribute.KeyValue { panic("the attribute hook of the service panics") }
	default:
		return nil
	}
}
