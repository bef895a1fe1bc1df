package httpserver

import (
	"context"

	"github.com/samespan/samespan/core/suppress"
)

// Exclude is for instrumentation that is not the engine's, such as a
// framework's official one, so that the service's exclusion rules hold for it
// too. It tells whether the request is excluded, by the rules of framework (a
// [Framework].Name, whose variable replaces the general ones where it is set) or
// because it is under an exchange that is, and returns the context that its
// handlers are to be given: for an excluded request a suppressed one, which
// leaves neither spans nor sampled calls, else ctx.
func (e *Engine) Exclude(ctx context.Context, framework string, req *Request) (context.Context, bool) {
	if suppress.Active(ctx) {
		return ctx, true
	}
	if !e.rulesFor(framework).exclude(req) {
		return ctx, false
	}
	return e.suppress(ctx, req), true
}
