package ginotel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/attribute"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

func TestOptionsSetNameAndAttributes(t *testing.T) {
	tests := []struct {
		name    string
		options []ginotel.Option
		handler gin.HandlerFunc
		// spanName is the wanted name of the span, and item its wanted attribute app.item.
		spanName string
		item     any
		// report is a text that the error reported to OpenTelemetry must contain, or "" if
		// no error may be reported.
		report string
	}{
		{"span name", []ginotel.Option{ginotel.WithSpanName(func(c *gin.Context) string { return "item " + c.Request.Method })}, respondOK, "item GET", nil, ""},
		{"empty span name", []ginotel.Option{ginotel.WithSpanName(func(*gin.Context) string { return "" })}, respondOK, "GET /item/:id", nil, ""},
		{"attributes", []ginotel.Option{ginotel.WithAttributes(itemAttributes)}, respondOK, "GET /item/:id", "7", ""},
		{"attributes and a renderer", []ginotel.Option{ginotel.WithAttributes(itemAttributes)}, recordError, "GET /item/:id", "7", ""},
		{"attributes and a panic", []ginotel.Option{ginotel.WithAttributes(itemAttributes)}, panickingHandler, "GET /item/:id", "7", ""},
		{"span name panics", []ginotel.Option{
			ginotel.WithSpanName(func(*gin.Context) string { panic("bad name") }),
			ginotel.WithAttributes(itemAttributes),
		}, respondOK, "GET /item/:id", "7", "bad name"},
		{"attributes panic", []ginotel.Option{
			ginotel.WithAttributes(func(*gin.Context) []attribute.KeyValue { panic("bad attributes") }),
			ginotel.WithSpanName(func(*gin.Context) string { return "item" }),
		}, respondOK, "item", nil, "bad attributes"},
		{"attributes panic, renderer", []ginotel.Option{
			ginotel.WithAttributes(func(*gin.Context) []attribute.KeyValue { panic("bad attributes") }),
		}, recordError, "GET /item/:id", nil, "bad attributes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httpservertest.New(t, httpserver.Config{})
			r := gin.New()
			r.Use(gin.Recovery(), renderErrors)
			ginotel.Use(r, rec, test.options...)
			r.GET("/item/:id", test.handler)
			bare := gin.New()
			bare.Use(gin.Recovery(), renderErrors)
			bare.GET("/item/:id", test.handler)
			handledErrors.take()
			want := serve(t, bare).get("/item/7")
			s := serve(t, r)
			for range 2 {
				if got := s.get("/item/7"); got.status != want.status || got.body != want.body {
					t.Errorf("got %d %q, want %d %q as without the middleware", got.status, got.body, want.status, want.body)
				}
			}
			for _, span := range rec.Ended() {
				if span.Name() != test.spanName {
					t.Errorf("got span name %q, want %q", span.Name(), test.spanName)
				}
				if got := attributeOf(span, "app.item"); got != test.item {
					t.Errorf("got app.item %v, want %v", got, test.item)
				}
			}
			reports := handledErrors.take()
			switch {
			case test.report == "" && reports != "":
				t.Errorf("got reports %q, want none", reports)
			case strings.Count(reports, "\n") != 1 && test.report != "":
				t.Errorf("got reports %q, want one", reports)
			}
			checkContains(t, "report", reports, test.report)
		})
	}
}

// itemAttributes returns the attribute app.item, whose value is the route's parameter id.
func itemAttributes(c *gin.Context) []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("app.item", c.Param("id"))}
}

func TestInvalidOptionsPanic(t *testing.T) {
	rec := httpservertest.New(t, httpserver.Config{})
	for name, test := range map[string]struct {
		use  func()
		want string
	}{
		"nil, Middleware": {func() { ginotel.Middleware(rec, nil) }, "ginotel: option 1 is nil"},
		"nil, Use":        {func() { ginotel.Use(gin.New(), rec, ginotel.WithSpanName(nil), nil) }, "ginotel: option 2 is nil"},
		"WithContextFallback, Middleware": {func() { ginotel.Middleware(rec, ginotel.WithContextFallback()) },
			"WithContextFallback is an option of Use"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() { checkContains(t, "panic", fmt.Sprint(recover()), test.want) }()
			test.use()
		})
	}
}
