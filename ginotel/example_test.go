package ginotel_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
)

// newSource returns an engine for the examples, and a recorder of its spans. An application
// that calls core.Setup passes its *core.Telemetry instead of an engine.
func newSource() (*httpserver.Engine, *tracetest.SpanRecorder) {
	spans := tracetest.NewSpanRecorder()
	engine, err := httpserver.New(httpserver.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)),
		MeterProvider:  noop.NewMeterProvider(),
	})
	if err != nil {
		panic(err)
	}
	return engine, spans
}

func ExampleUse() {
	src, spans := newSource()
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.Use(gin.Recovery())
	ginotel.Use(r, src)
	r.GET("/process/:item_id", func(c *gin.Context) {
		fmt.Println("in a span:", trace.SpanFromContext(c.Request.Context()).IsRecording())
		c.JSON(http.StatusOK, gin.H{"item_id": c.Param("item_id"), "status": "processed"})
	})

	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/process/12345", http.NoBody))
	fmt.Println(spans.Ended()[0].Name())
	// Output:
	// in a span: true
	// GET /process/:item_id
}

func ExampleWithContextFallback() {
	src, _ := newSource()
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	ginotel.Use(r, src, ginotel.WithContextFallback())
	r.GET("/", func(c *gin.Context) {
		// c itself is a context with the span.
		fmt.Println("in a span:", trace.SpanFromContext(c).IsRecording())
	})

	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	// Output:
	// in a span: true
}

func ExampleMiddleware() {
	src, spans := newSource()
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	// The middleware instruments only this group. It adds an attribute of the application.
	api := r.Group("/api", ginotel.Middleware(src, ginotel.WithAttributes(func(c *gin.Context) []attribute.KeyValue {
		return []attribute.KeyValue{attribute.String("app.tenant", c.Param("tenant"))}
	})))
	api.GET("/:tenant/orders", func(c *gin.Context) {
		fmt.Println("in a span:", trace.SpanFromContext(c.Request.Context()).IsRecording())
	})

	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/blue/orders", http.NoBody))
	fmt.Println(spans.Ended()[0].Name())
	// Output:
	// in a span: true
	// GET /api/:tenant/orders
}
