package examples

import (
	"context"
	"testing"

	"github.com/samespan/samespan/conformance"
	"github.com/samespan/samespan/conformance/reference"
	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// TestNetHTTP runs some checks on a service with net/http.
func TestNetHTTP(t *testing.T) {
	conformance.Test(t, t.Run, conformance.Subject{
		Name: "orders", Framework: "net/http",
		Starter: conformance.InProcess(func(ctx context.Context, addr string, ready func()) error {
			return withService(ctx, func(tel *core.Telemetry, service *reference.Service) error {
				return reference.Serve(ctx, addr, service.Handler(nethttpotel.Middleware(tel)), ready)
			})
		}),
		Has: []conformance.Capability{
			conformance.Exclusion, conformance.Disconnect, conformance.UnknownMethods, conformance.MethodNotAllowed,
			conformance.ResponseWriter, conformance.SubRequests, conformance.CapturedHeaders,
			conformance.Recovery, conformance.Rewrite, conformance.Slug, conformance.Metrics,
		},
		Template: reference.MuxTemplate,
	}, withSomeChecks)
}
