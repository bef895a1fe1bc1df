package ginotel_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestOuterMiddlewareKeepsItsWriter proves that c.Writer is still the writer that an outer
// middleware has set, in the handlers and in the outer middleware after them.
func TestOuterMiddlewareKeepsItsWriter(t *testing.T) {
	fail := func(c *gin.Context) { recordError(c); c.Status(http.StatusConflict) }
	tests := []struct {
		name   string
		method string
		path   string
		status int
		route  any
	}{
		{"answered", "GET", "/ok", 200, "/ok"},
		{"nothing written", "GET", "/nothing", 200, "/nothing"},
		{"status alone", "GET", "/status", 204, "/status"},
		{"404", "GET", "/nope", 404, nil},
		{"404, HEAD", "HEAD", "/nope", 404, nil},
		{"405", "POST", "/ok", 405, nil},
		{"error recorded", "GET", "/error", 200, "/error"},
		{"error recorded with a status", "GET", "/conflict", 409, "/conflict"},
		{"error recorded in a group", "GET", "/group/error", 200, "/group/error"},
		{"aborted with an error", "GET", "/abort", 503, "/abort"},
		{"excluded", "GET", "/healthz", 200, nil},
		{"panic", "GET", "/panic", 500, "/panic"},
		{"panic after an error", "GET", "/panic-error", 500, "/panic-error"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
				t.Helper()
				rec := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz"}})
				service := func(use func(*gin.Engine)) *gin.Engine {
					r := gin.New()
					r.HandleMethodNotAllowed = true
					r.Use(gin.Recovery(), func(c *gin.Context) {
						outerWriter := &teeWriter{ResponseWriter: c.Writer}
						c.Writer = outerWriter
						defer func() {
							if c.Writer != gin.ResponseWriter(outerWriter) {
								t.Errorf("got writer %T after the handlers, want the middleware's own", c.Writer)
							}
						}()
						c.Next()
					})
					use(r)
					r.Use(func(c *gin.Context) { _ = c.Writer.(*teeWriter) })
					r.GET("/ok", respondOK)
					r.GET("/healthz", respondOK)
					r.GET("/nothing", func(*gin.Context) {})
					r.GET("/status", func(c *gin.Context) { c.Status(http.StatusNoContent) })
					r.GET("/error", recordError)
					r.GET("/conflict", fail)
					r.Group("/group").GET("/error", recordError)
					r.GET("/abort", func(c *gin.Context) { _ = c.AbortWithError(http.StatusServiceUnavailable, errOutOfStock) })
					r.GET("/panic", panickingHandler)
					r.GET("/panic-error", func(c *gin.Context) { recordError(c); panickingHandler(c) })
					return r
				}
				want := serve(t, service(func(*gin.Engine) {})).send(test.method, test.path, nil)
				got := serve(t, service(func(r *gin.Engine) { use(r, rec) })).send(test.method, test.path, nil)
				checkSameResponse(t, got, want)
				if got.status != test.status {
					t.Errorf("got %d, want %d", got.status, test.status)
				}
				if test.name == "excluded" {
					return
				}
				span := rec.Only()
				if route := attributeOf(span, "http.route"); route != test.route {
					t.Errorf("got route %v, want %v", route, test.route)
				}
				// The middleware may not be able to observe the response through
				// another middleware's writer. It then records no status.
				if status := attributeOf(span, "http.response.status_code"); status != nil && status != int64(test.status) {
					t.Errorf("got status %v, want %d or none", status, test.status)
				}
			})
		})
	}
}

// These are writers of outer middlewares.
type (
	// alwaysOKWriter sends 200 for every status.
	alwaysOKWriter struct{ gin.ResponseWriter }
	// discardingGinWriter discards the response instead of writing it to Gin's writer.
	discardingGinWriter struct{ gin.ResponseWriter }
)

func (w *alwaysOKWriter) WriteHeader(int) { w.ResponseWriter.WriteHeader(http.StatusOK) }

func (w *discardingGinWriter) Write(p []byte) (int, error)       { return len(p), nil }
func (w *discardingGinWriter) WriteString(s string) (int, error) { return len(s), nil }
func (w *discardingGinWriter) WriteHeader(int)                   {}
func (w *discardingGinWriter) WriteHeaderNow()                   {}
func (w *discardingGinWriter) Written() bool                     { return true }
func (w *discardingGinWriter) Status() int                       { return http.StatusOK }

// respondInstead returns a middleware that discards the response of the handlers and
// responds with status.
func respondInstead(status int) gin.HandlerFunc {
	return func(c *gin.Context) {
		outerWriter := c.Writer
		c.Writer = &discardingGinWriter{outerWriter}
		c.Next()
		c.Writer = outerWriter
		c.String(status, "held")
	}
}

// recoverWith returns a middleware that recovers from panics. It responds with status, or
// does not respond if status is 0.
func recoverWith(status int) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			if recover() != nil && status != 0 {
				c.AbortWithStatus(status)
			}
		}()
		c.Next()
	}
}

// TestSpanHasStatusOfOuterMiddleware proves that the span has the status of a response that an
// outer middleware writes after the handlers.
func TestSpanHasStatusOfOuterMiddleware(t *testing.T) {
	const panicType = "*ginotel_test.missingItemError"
	// unseen and seen are the two values of the field "unseen" of a test.
	const unseen, seen = true, false
	type chain = []gin.HandlerFunc
	tests := []struct {
		name    string
		outside chain
		handler gin.HandlerFunc
		want    wantSpan
		// unseen is set if Middleware cannot observe the response and only Use can. The span
		// of Middleware then has no status.
		unseen bool
	}{
		{"renderer", chain{renderErrors}, recordError, wantSpan{status: int64(503), errorType: "503", code: codes.Error}, seen},
		{"renderer over a writer of its own", chain{renderErrors, replaceWriterWithTee}, recordError,
			wantSpan{status: int64(503), errorType: "503", code: codes.Error}, unseen},
		{"recovery answers 503", chain{recoverWith(503)}, panickingHandler,
			wantSpan{status: int64(503), errorType: panicType, code: codes.Error}, seen},
		{"recovery answers 418", chain{recoverWith(418)}, panickingHandler,
			wantSpan{status: int64(418), errorType: panicType, code: codes.Error}, seen},
		{"recovery answers 503 after a status was set", chain{recoverWith(503)}, func(c *gin.Context) { c.Status(204); panickingHandler(c) },
			wantSpan{status: int64(503), errorType: panicType, code: codes.Error}, seen},
		{"recovery answers nothing", chain{recoverWith(0)}, panickingHandler,
			wantSpan{status: int64(200), errorType: panicType, code: codes.Error}, unseen},
		{"recovery under a writer of its own", chain{recoverWith(418), replaceWriterWithTee}, panickingHandler,
			wantSpan{status: int64(418), errorType: panicType, code: codes.Error}, unseen},
		{"answer for an unmatched path", chain{func(c *gin.Context) {
			c.Next()
			if c.Writer.Status() == http.StatusNotFound {
				c.String(http.StatusOK, "index")
			}
		}}, nil, wantSpan{status: int64(200)}, seen},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for name, use := range registrations {
				t.Run(name, func(t *testing.T) {
					want := test.want
					if test.unseen == unseen && name == "Middleware" {
						want.status = nil
						if want.errorType != panicType {
							want.errorType, want.code = nil, codes.Unset
						}
					}
					checkBehindMiddlewares(t, use, test.outside, test.handler, test.want.status.(int64), want)
				})
			}
		})
	}
}

// TestUseSeesEveryOuterResponse proves that Use records the response of an outer middleware
// even if the handlers have neither panicked nor recorded an error.
func TestUseSeesEveryOuterResponse(t *testing.T) {
	type chain = []gin.HandlerFunc
	tests := []struct {
		name    string
		outside chain
		handler gin.HandlerFunc
		want    wantSpan
	}{
		{"default answer", chain{func(c *gin.Context) {
			c.Next()
			if !c.Writer.Written() {
				c.String(http.StatusBadGateway, "nothing to say")
			}
		}}, func(*gin.Context) {}, wantSpan{status: int64(502), errorType: "502", code: codes.Error}},
		{"status alone", chain{func(c *gin.Context) { c.Next(); c.Status(http.StatusTeapot) }},
			func(*gin.Context) {}, wantSpan{status: int64(418)}},
		{"error kept elsewhere", chain{func(c *gin.Context) {
			c.Next()
			if _, failed := c.Get("failure"); failed {
				c.JSON(http.StatusInternalServerError, gin.H{})
			}
		}}, func(c *gin.Context) { c.Set("failure", true) }, wantSpan{status: int64(500), errorType: "500", code: codes.Error}},
		{"writer that sends another status", chain{func(c *gin.Context) {
			c.Writer = &alwaysOKWriter{c.Writer}
			c.Next()
		}}, func(c *gin.Context) { c.String(http.StatusInternalServerError, "broken") }, wantSpan{status: int64(200)}},
		{"writer that holds the answer back", chain{respondInstead(503)}, respondOK,
			wantSpan{status: int64(503), errorType: "503", code: codes.Error}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkBehindMiddlewares(t, registrations["Use"], test.outside, test.handler, test.want.status.(int64), test.want)
		})
	}
}

// checkBehindMiddlewares sends one request to an engine on which the middlewares in outside are
// registered before ours. It checks the status that the client receives, and the span.
func checkBehindMiddlewares(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder), outside []gin.HandlerFunc, handler gin.HandlerFunc, status int64, want wantSpan) {
	t.Helper()
	rec := httpservertest.New(t, httpserver.Config{})
	r := gin.New()
	r.Use(outside...)
	use(r, rec)
	want.name = "GET"
	if handler != nil {
		r.GET("/a/:b", handler)
		want.name, want.route = "GET /a/:b", "/a/:b"
	}
	s := serve(t, r)
	if answer := s.get("/a/1"); int64(answer.status) != status {
		t.Errorf("got %d on the wire, want %d", answer.status, status)
	}
	want.check(t, rec.Only())
	checkOnePoint(t, rec)
	if got := s.log.take(); got != "" {
		t.Errorf("got %q in the server's log, want nothing", got)
	}
}
