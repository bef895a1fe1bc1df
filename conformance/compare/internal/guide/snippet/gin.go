package snippet

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/ginotel/contrib"
)

// Otelgin is a service with otelgin.
func Otelgin() *gin.Engine {
	r := gin.New()
	r.Use(gin.Recovery())
	r.Use(otelgin.Middleware("orders",
		otelgin.WithFilter(func(r *http.Request) bool { return r.URL.Path != "/healthz" }),
	))
	return r
}

// OtelginUnderCore is the service after step 1 of the migration: otelgin with core.
func OtelginUnderCore(tel *core.Telemetry) *gin.Engine {
	r := gin.New()
	r.Use(gin.Recovery())
	r.Use(contrib.Middleware(tel)) // core.WithExclude replaces the filter
	return r
}

// Ginotel is the service after step 2 of the migration.
func Ginotel(tel *core.Telemetry) *gin.Engine {
	r := gin.New()
	r.Use(gin.Recovery())
	ginotel.Use(r, tel)
	return r
}

// TwoLines serves a Gin engine. The README shows the two lines that instrument it.
func TwoLines(ctx context.Context, r *gin.Engine) error {
	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
	if err != nil {
		return err
	}
	ginotel.Use(r, tel)
	return tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: r})
}

// GinErrors is a middleware that records the handlers' errors on the span, as otelgin
// does.
func GinErrors(c *gin.Context) {
	c.Next()
	span := trace.SpanFromContext(c.Request.Context())
	for _, err := range c.Errors {
		span.RecordError(err.Err) // the handler's own error, of its own type
		span.SetStatus(codes.Error, err.Error())
	}
}

// GinHTML starts the same span as otelgin.HTML.
func GinHTML(c *gin.Context, tracer trace.Tracer) {
	_, span := tracer.Start(c.Request.Context(), "gin.renderer.html", trace.WithAttributes(attribute.String("go.template", "order.html")))
	c.HTML(http.StatusOK, "order.html", gin.H{"id": c.Param("item_id")})
	span.End()
}
