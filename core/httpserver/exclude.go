package httpserver

import (
	"context"

	"github.com/samespan/samespan/core/suppress"
)

// Exclude applies the service's exclusion rules on behalf of other instrumentation, such
// as a framework's official middleware. It reports whether the request is excluded,
// either by the rules for framework or because the request is part of an excluded
// exchange. framework is a [Framework].Name; its variable takes precedence over
// OTEL_GO_EXCLUDED_URLS.
//
// Exclude returns the context for the handlers. For an excluded request, that is a
// suppressed context, in which no spans and no outgoing calls are recorded. Otherwise it
// is ctx.
func (e *Engine) Exclude(ctx context.Context, framework string, req *Request) (context.Context, bool) {
	if suppress.Active(ctx) {
		return ctx, true
	}
	if !e.isExcluded(e.rulesFor(framework), req) {
		return ctx, false
	}
	return e.suppressedContext(ctx, req), true
}
