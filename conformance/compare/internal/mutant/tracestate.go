package mutant

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core"
)

// tracestateVariant returns an allowed variant that propagates only the members of the
// caller's tracestate that selectMembers returns. W3C Trace Context allows a
// participant to validate a tracestate, but does not require it.
func tracestateVariant(name string, selectMembers func(members []string) []string) allowedVariant {
	return allowedVariant{
		Mutant: Mutant{
			Name: name,
			Options: []core.Option{core.WithPropagator(tracestateInjector{
				propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
			})},
			Outer: func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					members := strings.Split(strings.Join(r.Header.Values("Tracestate"), ","), ",")
					for i := range members {
						members[i] = strings.Trim(members[i], " \t")
					}
					members = selectMembers(slices.DeleteFunc(members, func(member string) bool { return member == "" }))
					selected := selectedTracestate{traceparent: r.Header.Get("Traceparent"), tracestate: strings.Join(members, ",")}
					forwardRequest(next, w, r, r.WithContext(context.WithValue(r.Context(), selectedTracestateKey{}, selected)))
				})
			},
		},
		mustPass: []string{"parent/tracestate"},
	}
}

// validKey and validValue match keys and values of tracestate members by the grammar of
// W3C Trace Context, Level 2.
var (
	validKey   = regexp.MustCompile(`^[a-z0-9][a-z0-9_\-*/@]{0,255}$`)
	validValue = regexp.MustCompile(`^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$`)
)

// validMembers returns the first 32 valid members.
func validMembers(members []string) []string {
	valid := slices.DeleteFunc(slices.Clone(members), func(member string) bool {
		key, value, _ := strings.Cut(member, "=")
		return !validKey.MatchString(key) || !validValue.MatchString(value)
	})
	return valid[:min(len(valid), 32)]
}

// selectedTracestate is the list of selected members, and the traceparent that the caller
// sent with them.
type selectedTracestate struct{ traceparent, tracestate string }

// selectedTracestateKey is the context key of a selectedTracestate.
type selectedTracestateKey struct{}

// tracestateInjector is a propagator that sets the tracestate of outgoing calls to the
// selected members.
type tracestateInjector struct{ propagation.TextMapPropagator }

// Inject implements propagation.TextMapPropagator.
func (i tracestateInjector) Inject(ctx context.Context, carrier propagation.TextMapCarrier) {
	i.TextMapPropagator.Inject(ctx, carrier)
	selected, ok := ctx.Value(selectedTracestateKey{}).(selectedTracestate)
	if ok && selected.tracestate != "" && strings.Contains(selected.traceparent, trace.SpanContextFromContext(ctx).TraceID().String()) {
		carrier.Set("Tracestate", selected.tracestate)
	}
}
