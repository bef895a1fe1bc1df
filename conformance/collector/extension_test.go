package collector

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionauth"
	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
)

// noopLifecycle is embedded by components that have nothing to start or stop.
type noopLifecycle struct {
	component.StartFunc
	component.ShutdownFunc
}

// bearerToken is the token that the extension bearer requires. It contains spaces, which
// are %20 in OTEL_EXPORTER_OTLP_HEADERS, to test that a service decodes the variable.
const bearerToken = "let me in"

// newBearerFactory returns a factory of the extension bearer, which refuses exports without
// bearerToken.
func newBearerFactory() extension.Factory {
	type bearer struct {
		noopLifecycle
		extensionauth.ServerAuthenticateFunc
	}
	authenticate := func(ctx context.Context, headers map[string][]string) (context.Context, error) {
		for name, values := range headers {
			if http.CanonicalHeaderKey(name) == "Authorization" && slices.Contains(values, "Bearer "+bearerToken) {
				return ctx, nil
			}
		}
		return ctx, errors.New("no or a wrong bearer token")
	}
	return extension.NewFactory(component.MustNewType("bearer"), emptyConfig,
		func(context.Context, extension.Settings, component.Config) (extension.Extension, error) {
			return bearer{ServerAuthenticateFunc: authenticate}, nil
		}, component.StabilityLevelStable)
}

// compressionRecorder is an extension that records how gRPC exports are compressed. The
// receiver's configuration can require a compression for HTTP, but not for gRPC. The
// methods are safe for concurrent use.
type compressionRecorder struct {
	noopLifecycle
	mu               sync.Mutex
	seenCompressions map[string]bool
}

var _ extensionmiddleware.GRPCServer = (*compressionRecorder)(nil)

// factory returns a factory that always returns w.
func (w *compressionRecorder) factory() extension.Factory {
	return extension.NewFactory(component.MustNewType("compression_recorder"), emptyConfig,
		func(context.Context, extension.Settings, component.Config) (extension.Extension, error) {
			return w, nil
		},
		component.StabilityLevelStable)
}

// compressions returns the different compressions of the exports so far, sorted. An export
// without compression counts as "".
func (w *compressionRecorder) compressions() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.seenCompressions))
}

// GetGRPCServerOptions adds w as a stats handler of the receiver's server.
func (w *compressionRecorder) GetGRPCServerOptions(context.Context) ([]grpc.ServerOption, error) {
	return []grpc.ServerOption{grpc.StatsHandler(w)}, nil
}

// TagRPC implements stats.Handler.
func (*compressionRecorder) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return ctx
}

// TagConn implements stats.Handler.
func (*compressionRecorder) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return ctx
}

// HandleConn implements stats.Handler.
func (*compressionRecorder) HandleConn(context.Context, stats.ConnStats) {}

// HandleRPC implements stats.Handler. It records the compression of a call.
func (w *compressionRecorder) HandleRPC(_ context.Context, event stats.RPCStats) {
	header, ok := event.(*stats.InHeader)
	if !ok {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seenCompressions == nil {
		w.seenCompressions = make(map[string]bool)
	}
	w.seenCompressions[header.Compression] = true
}
