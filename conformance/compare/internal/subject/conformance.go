package subject

import (
	"context"
	"strings"

	"github.com/samespan/samespan/conformance"
)

// Conformance is the subject as the suite judges it, in this process.
func (s Subject) Conformance() conformance.Subject {
	return conformance.Subject{
		Name:      s.Name,
		Framework: s.Framework, FrameworkVersion: s.Version,
		Instrumentation: s.Name, InstrumentationVersion: s.InstrumentationVersion,
		Starter: conformance.InProcess(func(ctx context.Context, addr string, ready func()) error {
			return s.Run(ctx, addr, "", ready)
		}),
		Template:           s.Template,
		ExcludeVariable:    "OTEL_GO_EXCLUDED_URLS",
		OwnExcludeVariable: "OTEL_GO_" + strings.ToUpper(strings.TrimSuffix(s.Name, "otel")) + "_EXCLUDED_URLS",
		Capabilities: conformance.Capabilities{
			conformance.Lifecycle:        true,
			conformance.Process:          false,
			conformance.Background:       true,
			conformance.Exclusion:        true,
			conformance.ExclusionRules:   true,
			conformance.Disconnect:       s.Framework != "Fiber",
			conformance.HTTP2:            s.Framework != "Fiber",
			conformance.ResponseWriter:   s.Framework != "Fiber",
			conformance.UnknownMethods:   s.Framework != "Fiber",
			conformance.MethodNotAllowed: true,
			conformance.HandlerErrors:    s.Framework != "net/http",
			conformance.Nesting:          s.Framework != "Fiber",
			conformance.Twice:            true,
			conformance.Bare:             true,
			conformance.RouteFormat:      true,
			conformance.PublicEndpoint:   true,
			conformance.TrustedProxies:   true,
			conformance.Hooks:            true,
		},
	}
}
