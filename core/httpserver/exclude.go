package httpserver

import (
	"context"

	"github.com/samespan/samespan/core/suppress"
)

// Exclude applies the service's exclusion rules for other instrumentation, such
// as a framework's official middleware. It reports whether the request is
// excluded, either by the rules of framework (a [Framework].Name, whose
// variable replaces the general one) or because it belongs to an excluded
// exchange. It returns the context for the handlers: for an excluded request a
// suppressed context, in which no spans and no outgoing calls are recorded, and
// otherwise ctx.
func (e *Engine) Exclude(ctx context.Context, framework string, req *Request) (context.Context, bool) {
	if suppress.Active(ctx) {
		return ctx, true
	}
	if !e.isExcluded(e.rulesFor(framework), req) {
		return ctx, false
	}
	return e.suppress(ctx, req), true
}
