package ginotel_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/otel/codes"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/internal/httpservertest"
)

// dialAndSend opens a connection to s, sends text and returns the connection.
func dialAndSend(t *testing.T, s *service, text string) *net.TCPConn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", s.Listener.Addr().String(), testTimeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(testTimeout))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn.(*net.TCPConn)
}

// upgradeResponse is the response of a server that accepts an upgrade.
const upgradeResponse = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"

// TestSpanHasSentStatus proves that the span has the status that was sent. A status that a
// handler sets too late must not be recorded.
func TestSpanHasSentStatus(t *testing.T) {
	hijackAndSend := func(c *gin.Context, answer string) {
		conn, _, err := c.Writer.Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, answer)
		_ = conn.Close()
	}
	tests := []struct {
		name    string
		method  string
		handler gin.HandlerFunc
		status  int
	}{
		{"hijacked, then an error in vain", "GET", func(c *gin.Context) {
			hijackAndSend(c, upgradeResponse)
			c.String(http.StatusInternalServerError, "in vain")
		}, 101},
		{"hijacked, then aborted in vain", "GET", func(c *gin.Context) {
			hijackAndSend(c, upgradeResponse)
			_ = c.AbortWithError(http.StatusBadGateway, errOutOfStock)
		}, 101},
		{"CONNECT hijacked", "CONNECT", func(c *gin.Context) { hijackAndSend(c, "HTTP/1.1 200 OK\r\n\r\n") }, 200},
		{"hijacked by a controller", "GET", func(c *gin.Context) {
			conn, _, err := http.NewResponseController(c.Writer).Hijack()
			if err != nil {
				panic(err)
			}
			_, _ = io.WriteString(conn, upgradeResponse)
			_ = conn.Close()
		}, 101},
		{"hijacked after a status that was not sent", "GET", func(c *gin.Context) {
			c.Status(http.StatusInternalServerError)
			hijackAndSend(c, upgradeResponse)
		}, 101},
		{"flushed by a controller, then an error in vain", "GET", func(c *gin.Context) {
			_ = http.NewResponseController(c.Writer).Flush()
			c.String(http.StatusInternalServerError, "in vain")
		}, 200},
		{"status flushed", "GET", func(c *gin.Context) {
			c.Status(http.StatusAccepted)
			c.Writer.Flush()
			c.Status(http.StatusInternalServerError)
		}, 202},
	}
	outerMiddlewares := map[string][]gin.HandlerFunc{"alone": nil, "behind recovery": {gin.Recovery()}, "behind another writer": {replaceWriterWithTee}}
	for _, test := range tests {
		for position, outside := range outerMiddlewares {
			t.Run(test.name+"/"+position, func(t *testing.T) {
				forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
					t.Helper()
					rec := httpservertest.New(t, httpserver.Config{})
					r := gin.New()
					r.Use(outside...)
					use(r, rec)
					r.Handle(test.method, "/x", test.handler)
					s := serve(t, r)
					conn := dialAndSend(t, s, test.method+" /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
					response, err := http.ReadResponse(bufio.NewReader(conn), nil)
					if err != nil {
						t.Fatal(err)
					}
					_ = response.Body.Close()
					if response.StatusCode != test.status {
						t.Errorf("got %d on the wire, want %d", response.StatusCode, test.status)
					}
					_ = conn.Close()
					span := rec.Only()
					got := attributeOf(span, "http.response.status_code")
					if position == "behind another writer" && got == nil {
						// The middleware cannot observe the status here and records none.
						return
					}
					if got != int64(test.status) || span.Status().Code != codes.Unset {
						t.Errorf("got status code %v and status %v, want %d and Unset", got, span.Status(), test.status)
					}
				})
			})
		}
	}
}

// TestClientCloseDoesNotAffectSpan proves that the span is the same whether the client
// closes its sending side before the response, or the whole connection after the response.
func TestClientCloseDoesNotAffectSpan(t *testing.T) {
	answer := func(status int, body string) gin.HandlerFunc {
		return func(c *gin.Context) { c.String(status, body) }
	}
	tests := []struct {
		name    string
		handler gin.HandlerFunc
		status  int
	}{
		{"200", answer(200, "ok"), 200},
		{"500", answer(500, "broken"), 500},
		{"204", func(c *gin.Context) { c.AbortWithStatus(204) }, 204},
		{"500 without a body", func(c *gin.Context) { c.Status(500) }, 500},
		{"500, error recorded", func(c *gin.Context) { _ = c.AbortWithError(500, errOutOfStock) }, 500},
		{"503 of a renderer", recordError, 503},
		{"404", func(c *gin.Context) { c.String(404, "no") }, 404},
		{"200 of chunks", func(c *gin.Context) {
			for range 3 {
				_, _ = c.Writer.WriteString("chunk")
				c.Writer.Flush()
			}
		}, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
				t.Helper()
				check := func(t *testing.T, rec *httpservertest.Recorder) {
					t.Helper()
					want := wantSpan{name: "GET /x", route: "/x", status: int64(test.status)}
					if test.status >= 500 {
						want.errorType, want.code = fmt.Sprint(test.status), codes.Error
					}
					want.check(t, rec.Only())
					if got := checkOnePoint(t, rec).Attributes["error.type"]; got != want.errorType {
						t.Errorf("got error.type %v on the metric, want %v", got, want.errorType)
					}
				}
				t.Run("half-closed before the answer", func(t *testing.T) {
					rec := httpservertest.New(t, httpserver.Config{})
					r := gin.New()
					r.Use(renderErrors)
					use(r, rec)
					r.GET("/x", func(c *gin.Context) { <-c.Request.Context().Done(); test.handler(c) })
					conn := dialAndSend(t, serve(t, r), "GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
					if err := conn.CloseWrite(); err != nil {
						t.Fatal(err)
					}
					response, err := http.ReadResponse(bufio.NewReader(conn), nil)
					if err != nil {
						t.Fatal(err)
					}
					defer func() { _ = response.Body.Close() }()
					if response.StatusCode != test.status {
						t.Errorf("got %d, want %d", response.StatusCode, test.status)
					}
					check(t, rec)
				})
				t.Run("closed after the answer", func(t *testing.T) {
					rec := httpservertest.New(t, httpserver.Config{})
					r := gin.New()
					r.Use(renderErrors)
					use(r, rec)
					r.GET("/x", func(c *gin.Context) {
						test.handler(c)
						if c.Writer.Written() {
							c.Writer.Flush()
							<-c.Request.Context().Done()
						}
					})
					conn := dialAndSend(t, serve(t, r), "GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
					response, err := http.ReadResponse(bufio.NewReader(conn), nil)
					if err != nil {
						t.Fatal(err)
					}
					if test.name == "200 of chunks" {
						// Do not read to the end: the handler returns only after the
						// client has closed the connection, so the last, empty chunk
						// does not arrive.
						_, err = io.ReadFull(response.Body, make([]byte, len("chunkchunkchunk")))
					}
					if err != nil {
						t.Error(err)
					}
					_ = conn.Close()
					_ = response.Body.Close()
					check(t, rec)
				})
			})
		})
	}
}

// TestCutOffResponseIsError proves that the span of a response which was cut off is an error.
// error.type says whether the client has disconnected or the server's write timeout has
// passed.
func TestCutOffResponseIsError(t *testing.T) {
	writeUntilError := func(c *gin.Context) error {
		var err error
		for range 10_000 {
			if _, err = c.Writer.Write(make([]byte, 16<<10)); err != nil {
				break
			}
		}
		return err
	}
	for name, timeout := range map[string]time.Duration{"client_disconnected": 0, "timeout": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
				t.Helper()
				rec := httpservertest.New(t, httpserver.Config{})
				writeError := make(chan error, 1)
				r := gin.New()
				r.Use(gin.Recovery())
				use(r, rec)
				r.GET("/x", func(c *gin.Context) { writeError <- writeUntilError(c) })
				s := &service{t: t, log: &logBuffer{}, Server: httptest.NewUnstartedServer(r)}
				s.Config.WriteTimeout = timeout
				s.Start()
				t.Cleanup(s.Close)
				conn := dialAndSend(t, s, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
				if timeout == 0 {
					response, err := http.ReadResponse(bufio.NewReader(conn), nil)
					if err != nil {
						t.Fatal(err)
					}
					_ = conn.Close()
					_ = response.Body.Close()
				}
				if err := await(t, "failure of a write", writeError); err == nil {
					t.Error("got no error of the writes, want one")
				}
				wantSpan{name: "GET /x", route: "/x", status: int64(200), errorType: name, code: codes.Error}.check(t, rec.Only())
				checkOnePoint(t, rec)
			})
		})
	}
}

// TestRequestTrailersAreAvailable proves that trailers which the client has not announced are
// available after the body, in the handler and in outer middlewares.
func TestRequestTrailersAreAvailable(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		rec := httpservertest.New(t, httpserver.Config{Exclude: []string{"excluded"}})
		var outside string
		r := gin.New()
		r.Use(func(c *gin.Context) { c.Next(); outside = c.Request.Trailer.Get("Checksum") })
		use(r, rec)
		handler := func(c *gin.Context) {
			body, _ := io.ReadAll(c.Request.Body)
			c.String(200, "%s %s", body, c.Request.Trailer.Get("Checksum"))
		}
		r.POST("/x", handler)
		r.POST("/excluded", handler)
		s := serve(t, r)
		for _, path := range []string{"/x", "/excluded"} {
			conn := dialAndSend(t, s, "POST "+path+" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nChecksum: abc\r\n\r\n")
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if string(body) != "hello abc" || outside != "abc" {
				t.Errorf("%s: got %q in the handler and %q further out, want the trailer in both", path, body, outside)
			}
		}
	})
}

// TestMountedRouteIncludesPattern proves that the route of an engine that is mounted on an
// http.ServeMux includes the mux's pattern. url.path must be the path that the client sent.
func TestMountedRouteIncludesPattern(t *testing.T) {
	for _, test := range []struct{ pattern, strip, path, route string }{
		{"/t/{tenant}/", "/t/blue", "/t/blue/users/7", "/t/{tenant}/users/:id"},
		{"/api/", "/api", "/api/users/7", "/api/users/:id"},
		{"/", "", "/users/7", "/users/:id"},
	} {
		t.Run(test.pattern, func(t *testing.T) {
			forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
				t.Helper()
				rec := httpservertest.New(t, httpserver.Config{})
				r := gin.New()
				use(r, rec)
				r.GET("/users/:id", respondOK)
				mux := http.NewServeMux()
				mux.Handle(test.pattern, http.StripPrefix(test.strip, r))
				s := serve(t, mux)
				s.get(test.path)
				span := rec.Only()
				wantSpan{name: "GET " + test.route, route: test.route, status: int64(200)}.check(t, span)
				if got := attributeOf(span, "url.path"); got != test.path {
					t.Errorf("got url.path %v, want %s", got, test.path)
				}
				s.get(strings.TrimSuffix(test.path, "users/7") + "nope")
			})
		})
	}
}

func TestBodyIsReadWhileHandlerReturns(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		httpservertest.CheckBodyReader(t, func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
			r := gin.New()
			use(r, rec)
			r.POST("/", gin.WrapF(handler))
			r.POST("/excluded", gin.WrapF(handler))
			return r
		})
	})
}

func TestStoppingClosesConnections(t *testing.T) {
	forEachRegistration(t, func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder)) {
		t.Helper()
		app := func(rec *httpservertest.Recorder, handler http.HandlerFunc) http.Handler {
			r := gin.New()
			use(r, rec)
			r.GET("/", gin.WrapF(handler))
			r.GET("/excluded", gin.WrapF(handler))
			return r
		}
		httpservertest.CheckStopping(t, app)
		httpservertest.CheckEarlyHintsWhileStopping(t, app)
	})
}
