package ginotel_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// TestSubRequestsDoNotChangeSpan proves that the span of a request does not change if its
// handler passes other requests to the same engine, even if these requests have the context
// of the handler's request.
func TestSubRequestsDoNotChangeSpan(t *testing.T) {
	requests := map[string]func(*gin.Context, string) *http.Request{
		"new": func(c *gin.Context, path string) *http.Request {
			r, err := http.NewRequestWithContext(c.Request.Context(), http.MethodGet, path, http.NoBody)
			if err != nil {
				panic(err)
			}
			return r
		},
		"as a server reads it": func(c *gin.Context, path string) *http.Request {
			return httptest.NewRequestWithContext(c.Request.Context(), http.MethodGet, path, http.NoBody)
		},
		"clone": func(c *gin.Context, path string) *http.Request {
			r := c.Request.Clone(c.Request.Context())
			r.Method, r.URL = http.MethodGet, &url.URL{Path: path}
			return r
		},
		"shallow copy": func(c *gin.Context, path string) *http.Request {
			r := c.Request.WithContext(c.Request.Context())
			r.Method, r.URL = http.MethodGet, &url.URL{Path: path}
			return r
		},
	}
	batches := map[string][]string{
		"one":    {"/inner/1"},
		"many":   {"/inner/1", "/inner/2"},
		"failed": {"/error"},
		"panics": {"/panic"},
		"lost":   {"/nope"},
		"all":    {"/panic", "/inner/1", "/error", "/nope"},
	}
	outside := map[string]gin.HandlerFunc{
		"":                         func(c *gin.Context) { c.Next() },
		", behind an outer writer": replaceWriterWithTee,
		", behind an incomparable writer": func(c *gin.Context) {
			c.Writer = incomparableWriter{c.Writer, nil}
			c.Next()
		},
	}
	for name, request := range requests {
		for batch, paths := range batches {
			for suffix, outer := range outside {
				t.Run(name+"/"+batch+suffix, func(t *testing.T) {
					forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
						t.Helper()
						rec := httpservertest.New(t, httpserver.Config{})
						r := gin.New()
						r.Use(gin.Recovery(), outer)
						use(r, rec)
						r.GET("/inner/:id", respondOK)
						r.GET("/error", func(c *gin.Context) { recordError(c); c.Status(http.StatusBadGateway) })
						r.GET("/panic", panickingHandler)
						r.POST("/batch", func(c *gin.Context) {
							for _, path := range paths {
								r.ServeHTTP(httptest.NewRecorder(), request(c, path))
							}
							c.String(http.StatusMultiStatus, "done")
						})
						if got := serve(t, r).send(http.MethodPost, "/batch", nil); got.status != http.StatusMultiStatus {
							t.Errorf("got %d, want 207", got.status)
						}
						span := rec.Only()
						wantSpan{name: "POST /batch", route: "/batch", status: int64(207)}.check(t, span)
						if len(span.Events()) != 0 {
							t.Errorf("got events %v, want none", span.Events())
						}
						checkOnePoint(t, rec)
					})
				})
			}
		}
	}
}

// incomparableWriter is a writer of an outer middleware. Two values of this type cannot be
// compared.
type incomparableWriter struct {
	gin.ResponseWriter
	_ []byte
}

// TestSpanHasInnermostRoute proves that the span has the innermost route if a handler passes
// its request on, even if a middleware registered before ours has replaced the writer.
func TestSpanHasInnermostRoute(t *testing.T) {
	mounted := func(rec *httpservertest.Recorder, handler gin.HandlerFunc) http.Handler {
		r := gin.New()
		ginotel.Use(r, rec)
		r.Any("/*path", handler)
		return r
	}
	for name, add := range map[string]func(*gin.Engine, *httpservertest.Recorder){
		"re-dispatched": func(r *gin.Engine, _ *httpservertest.Recorder) {
			r.GET("/old", func(c *gin.Context) { c.Request.URL.Path = "/new"; r.HandleContext(c) })
			r.GET("/new", respondOK)
		},
		"re-dispatched with a new URL": func(r *gin.Engine, _ *httpservertest.Recorder) {
			r.GET("/old", func(c *gin.Context) { c.Request.URL = &url.URL{Path: "/new"}; r.HandleContext(c) })
			r.GET("/new", respondOK)
		},
		"re-dispatched twice": func(r *gin.Engine, _ *httpservertest.Recorder) {
			r.GET("/old", func(c *gin.Context) { c.Request.URL.Path = "/middle"; r.HandleContext(c) })
			r.GET("/middle", func(c *gin.Context) { c.Request.URL.Path = "/new"; r.HandleContext(c) })
			r.GET("/new", respondOK)
		},
		"registered twice": func(r *gin.Engine, rec *httpservertest.Recorder) {
			r.Use(ginotel.Middleware(rec))
			r.Use(ginotel.Middleware(rec))
			r.GET("/old", respondOK)
		},
		"engine": func(r *gin.Engine, rec *httpservertest.Recorder) {
			r.NoRoute(gin.WrapH(mounted(rec, respondOK)))
		},
		"engine in an engine": func(r *gin.Engine, rec *httpservertest.Recorder) {
			innermost := gin.New()
			ginotel.Use(innermost, rec)
			innermost.GET("/old", respondOK)
			r.NoRoute(gin.WrapH(mounted(rec, gin.WrapH(innermost))))
		},
	} {
		want := map[string]string{"registered twice": "/old", "engine": "/*path", "engine in an engine": "/old"}[name]
		if want == "" {
			want = "/new"
		}
		t.Run(name, func(t *testing.T) {
			forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
				t.Helper()
				for _, outer := range []gin.HandlerFunc{replaceWriterWithTee, func(c *gin.Context) { c.Next() }} {
					rec := httpservertest.New(t, httpserver.Config{})
					r := gin.New()
					r.Use(outer)
					use(r, rec)
					add(r, rec)
					serve(t, r).get("/old")
					wantSpan{name: "GET " + want, route: want, status: int64(200)}.check(t, rec.Only())
					checkOnePoint(t, rec)
				}
			})
		})
	}
}

// TestRequestPassedToAnotherEngineHasOneSpan proves that a request has one span with the
// innermost route if a handler passes the request to another engine or route of the
// service.
func TestRequestPassedToAnotherEngineHasOneSpan(t *testing.T) {
	innerEngine := func(rec *httpservertest.Recorder) *gin.Engine {
		r := gin.New()
		r.Use(gin.Recovery())
		ginotel.Use(r, rec)
		r.GET("/a/:b", respondOK)
		r.GET("/taken/:b", func(c *gin.Context) { hijackAndRespond(t, c) })
		return r
	}
	for name, addRoutes := range map[string]func(*gin.Engine, *httpservertest.Recorder){
		"engine": func(r *gin.Engine, rec *httpservertest.Recorder) { r.Any("/*rest", gin.WrapH(innerEngine(rec))) },
		"engine behind NoRoute": func(r *gin.Engine, rec *httpservertest.Recorder) {
			r.NoRoute(gin.WrapH(innerEngine(rec)))
		},
		"engine behind another middleware's writer": func(r *gin.Engine, rec *httpservertest.Recorder) {
			r.Use(replaceWriterWithTee)
			r.Any("/*rest", gin.WrapH(innerEngine(rec)))
		},
		"re-dispatched": func(r *gin.Engine, _ *httpservertest.Recorder) {
			r.GET("/a/:b", respondOK)
			r.GET("/taken/:b", func(c *gin.Context) { hijackAndRespond(t, c) })
			r.NoRoute(func(c *gin.Context) {
				c.Request.URL.Path = c.Request.URL.Path[len("/old"):]
				r.HandleContext(c)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
				t.Helper()
				for _, test := range []struct {
					path, route string
					status      int
				}{
					{"/a/1", "/a/:b", 200}, {"/taken/1", "/taken/:b", 101},
				} {
					rec := httpservertest.New(t, httpserver.Config{})
					r := gin.New()
					use(r, rec)
					addRoutes(r, rec)
					path := test.path
					if name == "re-dispatched" {
						path = "/old" + path
					}
					if got := serve(t, r).get(path, "Connection", "Upgrade", "Upgrade", "echo"); got.status != test.status {
						t.Errorf("got %d, want %d", got.status, test.status)
					}
					wantSpan{name: "GET " + test.route, route: test.route, status: int64(test.status)}.check(t, rec.Only())
					checkOnePoint(t, rec)
				}
			})
		})
	}
}

// hijackAndRespond is a handler that hijacks the connection and writes a 101 response to the
// connection. It then sets a status, which must have no effect.
func hijackAndRespond(t *testing.T, c *gin.Context) {
	t.Helper()
	conn, _, err := c.Writer.Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"))
	c.Status(http.StatusInternalServerError)
	_ = conn.Close()
}

// TestSubRequestsWithSharedWriterKeepSpanName proves that the span keeps the name of the
// handler's request if the handler writes the responses of other requests to its own
// response.
func TestSubRequestsWithSharedWriterKeepSpanName(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		rec := httpservertest.New(t, httpserver.Config{})
		r := gin.New()
		use(r, rec)
		r.GET("/part/:id", respondOK)
		r.GET("/page", func(c *gin.Context) {
			for _, path := range []string{"/part/1", "/part/2"} {
				part, err := http.NewRequestWithContext(c.Request.Context(), http.MethodGet, path, http.NoBody)
				if err != nil {
					panic(err)
				}
				r.ServeHTTP(c.Writer, part)
			}
		})
		serve(t, r).get("/page")
		if span := rec.Only(); span.Name() != "GET /page" {
			t.Errorf("got %q, want the page's own name", span.Name())
		}
		checkOnePoint(t, rec)
	})
}
