package contrib

import (
	"strings"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"

	"github.com/samespan/samespan/core/exclude"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/hooks"
	"github.com/samespan/samespan/internal/stdhttp"
)

// importPath is the import path of this package. Messages of panics begin with it.
const importPath = "github.com/samespan/samespan/ginotel/contrib"

// Middleware returns otelgin's middleware with the providers and the propagator of src.
// src is the *core.Telemetry of core.Setup or the *httpserver.Engine of httpserver.New.
// opts are options of otelgin, such as filters. Middleware panics if src or an option is
// nil. If an exclusion rule for Gin matches a request, the request bypasses otelgin's
// middleware, and its context suppresses child spans.
//
// otelgin records the Host that the client sent as server.address, even on its metrics.
// Unless a proxy sets the Host, clients can create time series up to the SDK's limit.
// Package ginotel records server.address only on spans.
func Middleware(src httpserver.Source, opts ...otelgin.Option) gin.HandlerFunc {
	engine := httpserver.MustEngine(src, importPath)
	hooks.NoNil("ginotel/contrib", "one of otelgin, such as WithFilter", opts)
	upstream := otelgin.Middleware("", append([]otelgin.Option{
		otelgin.WithTracerProvider(engine.TracerProvider()),
		otelgin.WithMeterProvider(engine.MeterProvider()),
		otelgin.WithPropagators(engine.Propagator()),
	}, opts...)...)
	return func(c *gin.Context) {
		r := c.Request
		request := stdhttp.Request(r)
		if route := c.FullPath(); route == "" || strings.ContainsAny(route, ":*") {
			request.Routing = exclude.Raw // the engine may route by the raw or the decoded path, and c does not say which
		}
		ctx, excluded := engine.Exclude(r.Context(), "gin", &request)
		if !excluded {
			upstream(c)
			return
		}
		c.Request = r.WithContext(ctx)
		stdhttp.WatchBody(r, c.Request)
		defer func() { stdhttp.HandBack(r, c.Request) }()
		c.Next()
	}
}
