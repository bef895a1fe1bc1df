package ginotel_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// contextKey is the type of the keys of context values in these tests.
type contextKey string

// TestLookupEndsInContextDerivedFromGins proves that the lookup of a value in a context ends
// if the application derives the request's context from Gin's context, as many applications
// do. The lookup would never end if the middleware turned ContextWithFallback on: the two
// contexts would then look up the value in each other.
func TestLookupEndsInContextDerivedFromGins(t *testing.T) {
	derivations := map[string]func(*gin.Context) (context.Context, context.CancelFunc){
		"value": func(c *gin.Context) (context.Context, context.CancelFunc) {
			return context.WithValue(c, contextKey("tenant"), "blue"), func() {}
		},
		"time-out":       func(c *gin.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(c, time.Minute) },
		"cancel":         func(c *gin.Context) (context.Context, context.CancelFunc) { return context.WithCancel(c) },
		"without cancel": func(c *gin.Context) (context.Context, context.CancelFunc) { return context.WithoutCancel(c), func() {} },
		"span": func(c *gin.Context) (context.Context, context.CancelFunc) {
			return trace.ContextWithSpan(c, trace.SpanFromContext(c.Request.Context())), func() {}
		},
	}
	for name, derive := range derivations {
		t.Run(name, func(t *testing.T) {
			forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
				t.Helper()
				rec := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
				lookUpValues := func(c *gin.Context) {
					for _, ctx := range []context.Context{c, c.Request.Context(), c.Copy()} {
						if got := ctx.Value(contextKey("absent")); got != nil {
							t.Errorf("got %v of an absent key, want nothing", got)
						}
						_ = trace.SpanFromContext(ctx)
						_, _ = ctx.Deadline()
						_, _ = ctx.Done(), ctx.Err()
					}
					recordSpan(c.Request.Context(), rec, "child")
					respondOK(c)
				}
				r := gin.New()
				r.Use(gin.Recovery())
				use(r, rec)
				r.Use(func(c *gin.Context) {
					ctx, cancel := derive(c)
					defer cancel()
					c.Request = c.Request.WithContext(ctx)
					c.Next()
				})
				r.GET("/a/:b", lookUpValues)
				r.GET("/healthz", lookUpValues)
				r.NoRoute(lookUpValues)
				s := serve(t, r)
				for _, path := range []string{"/a/1", "/healthz", "/nope"} {
					if got := s.get(path); got.status != http.StatusOK {
						t.Errorf("got %d of %s, want 200", got.status, path)
					}
				}
			})
		})
	}
}

// TestUseKeepsContextFallback proves that Use changes the engine's ContextWithFallback only
// if the option WithContextFallback is given.
func TestUseKeepsContextFallback(t *testing.T) {
	for _, before := range []bool{false, true} {
		for name, opts := range map[string][]ginotel.Option{"default": nil, "option": {ginotel.WithContextFallback()}} {
			r := gin.New()
			r.ContextWithFallback = before
			ginotel.Use(r, httpservertest.New(t, httpserver.Config{}), opts...)
			if want := before || name == "option"; r.ContextWithFallback != want {
				t.Errorf("%s: got ContextWithFallback %v, want %v", name, r.ContextWithFallback, want)
			}
		}
	}
}
