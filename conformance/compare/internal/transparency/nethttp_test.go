package transparency_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/samespan/samespan/conformance/compare/internal/transparency"
	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/nethttpotel"
)

// endpoints returns handlers by path. Middlewares treat their responses differently.
func endpoints() map[string]http.HandlerFunc {
	write := func(w io.Writer, s string) { _, _ = io.WriteString(w, s) }
	return map[string]http.HandlerFunc{
		"/hello": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			write(w, "hello "+r.URL.Path+" "+r.Method+" "+r.RemoteAddr[:strings.LastIndexByte(r.RemoteAddr, ':')+1])
		},
		"/large": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			for range 100 {
				write(w, strings.Repeat("<p>large</p>", 100))
			}
		},
		"/stream": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			for i := range 3 {
				_, _ = fmt.Fprintf(w, "event %d\n", i)
				_ = http.NewResponseController(w).Flush()
			}
		},
		"/copy": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, bytes.NewReader(bytes.Repeat([]byte("copy"), 20_000)))
		},
		"/file": func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "file.txt", time.Unix(1, 0), strings.NewReader("a file of some length"))
		},
		"/empty":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"/nothing":  func(http.ResponseWriter, *http.Request) {},
		"/missing":  http.NotFound,
		"/fails":    func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "failed", http.StatusInternalServerError) },
		"/redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/hello", http.StatusFound) },
		"/twice": func(w http.ResponseWriter, _ *http.Request) {
			write(w, "first")
			w.WriteHeader(http.StatusInternalServerError)
		},
		"/hints": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			write(w, "hinted")
		},
		"/trailer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Trailer", "X-Announced")
			write(w, "body")
			w.Header().Set("X-Announced", "1")
			w.Header().Set(http.TrailerPrefix+"X-Unannounced", "2")
		},
		"/echo": func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
				return
			}
			_, _ = fmt.Fprintf(w, "%s %v", body, r.Trailer)
		},
		"/form": func(w http.ResponseWriter, r *http.Request) { write(w, r.FormValue("q")) },
	}
}

// rawRequests returns raw requests to the endpoints, by a description. Their paths begin
// with prefix.
func rawRequests(prefix string) map[string]string {
	all := map[string]string{}
	for path := range endpoints() {
		for _, method := range []string{"GET", "HEAD"} {
			all[method+" "+path] = method + " " + prefix + path + "?q=1 HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n" +
				"X-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n\r\n"
		}
	}
	all["GET with a slash"] = "GET " + prefix + "/hello/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	all["GET unmatched"] = "GET " + prefix + "/unmatched HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
	all["HTTP/1.0"] = "GET " + prefix + "/large HTTP/1.0\r\n\r\n"
	all["range"] = "GET " + prefix + "/file HTTP/1.1\r\nHost: h\r\nRange: bytes=2-5\r\nConnection: close\r\n\r\n"
	all["POST"] = "POST " + prefix + "/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody"
	all["POST a large body"] = "POST " + prefix + "/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\nConnection: close\r\n\r\n" + strings.Repeat("b", 2000)
	all["POST in chunks with a trailer"] = "POST " + prefix + "/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" +
		"4\r\nbody\r\n0\r\nX-Unannounced: 1\r\n\r\n"
	all["POST a form"] = "POST " + prefix + "/form HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\nConnection: close\r\n\r\nq=text"
	return all
}

// middlewares returns the middlewares of net/http and chi that change a request or a
// response.
func middlewares() map[string]func(http.Handler) http.Handler {
	return map[string]func(http.Handler) http.Handler{
		"TimeoutHandler":  func(h http.Handler) http.Handler { return http.TimeoutHandler(h, time.Minute, "late") },
		"StripPrefix":     func(h http.Handler) http.Handler { return http.StripPrefix("", h) },
		"MaxBytesHandler": func(h http.Handler) http.Handler { return http.MaxBytesHandler(h, 1000) },
		"MaxBytesReader": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.Body = http.MaxBytesReader(w, r.Body, 1000)
				h.ServeHTTP(w, r)
			})
		},
		"chi Compress":        middleware.Compress(5),
		"chi Timeout":         middleware.Timeout(time.Minute),
		"chi StripSlashes":    middleware.StripSlashes,
		"chi RedirectSlashes": middleware.RedirectSlashes,
		"chi RealIP":          middleware.RealIP, //nolint:staticcheck // services still use it, and it sets the RemoteAddr that the adapter reads
		"chi CleanPath":       middleware.CleanPath,
		"chi GetHead":         middleware.GetHead,
		"chi Recoverer":       middleware.Recoverer,
		"chi Throttle":        middleware.Throttle(10),
		"chi NoCache":         middleware.NoCache,
		"chi RequestSize":     middleware.RequestSize(1000),
		"chi SetHeader":       middleware.SetHeader("X-Set", "1"),
		"chi URLFormat":       middleware.URLFormat,
		"chi Heartbeat":       middleware.Heartbeat("/hello"),
		"a writer that hides all": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
			})
		},
		"a writer that watches": func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.ServeHTTP(middleware.NewWrapResponseWriter(w, r.ProtoMajor), r)
			})
		},
	}
}

// newApplicationFunc is a function that returns the handler of an application, with the
// endpoints and the adapter for src. outside and inside are middlewares outside and inside
// the adapter.
type newApplicationFunc func(src httpserver.Source, outside, inside func(http.Handler) http.Handler) http.Handler

// noMiddleware is a middleware that does nothing.
func noMiddleware(h http.Handler) http.Handler { return h }

// adapterMiddleware returns the adapter as a middleware, or noMiddleware if src is nil.
func adapterMiddleware(src httpserver.Source, opts ...nethttpotel.Option) func(http.Handler) http.Handler {
	if src == nil {
		return noMiddleware
	}
	return nethttpotel.Middleware(src, opts...)
}

// applications returns applications that route the endpoints with a mux or with chi.
func applications() map[string]newApplicationFunc {
	return map[string]newApplicationFunc{
		"mux": func(src httpserver.Source, outside, inside func(http.Handler) http.Handler) http.Handler {
			mux := http.NewServeMux()
			for path, handler := range endpoints() {
				mux.Handle(path, handler)
			}
			return outside(adapterMiddleware(src)(inside(mux)))
		},
		"chi": func(src httpserver.Source, outside, inside func(http.Handler) http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Use(outside, adapterMiddleware(src, nethttpotel.WithRoute(func(r *http.Request) string {
				return chi.RouteContext(r.Context()).RoutePattern()
			})), inside)
			for path, handler := range endpoints() {
				r.Handle(path, handler)
			}
			return r
		},
	}
}

// startServer serves a handler until the test ends, and returns the address.
func startServer(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = discardLog
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// TestNetHTTPMiddlewaresOutsideAndInside checks that the adapter does not change responses,
// with each of middlewares outside or inside the adapter.
func TestNetHTTPMiddlewaresOutsideAndInside(t *testing.T) {
	for router, app := range applications() {
		for name, wrap := range middlewares() {
			if router == "mux" && (name == "chi GetHead" || name == "chi CleanPath") {
				continue // these middlewares need the route context of a chi router
			}
			for _, inside := range []bool{false, true} {
				start := func(t testing.TB, src httpserver.Source) string {
					t.Helper()
					if inside {
						return startServer(t, app(src, noMiddleware, wrap))
					}
					return startServer(t, app(src, wrap, noMiddleware))
				}
				t.Run(fmt.Sprintf("%s, %s, inside %v", router, name, inside), func(t *testing.T) {
					for about, request := range rawRequests("") {
						t.Run(about, func(t *testing.T) {
							result := transparency.Compare(t, start, request)
							if spans := result.Telemetry.Ended(); len(spans) == 0 && !inside {
								return // an outer middleware has responded
							}
							result.CheckSpan(t)
						})
					}
				})
			}
		}
	}
}

// TestNetHTTPBelowAPrefix checks an application below a path prefix, which a middleware
// outside or inside the adapter strips.
func TestNetHTTPBelowAPrefix(t *testing.T) {
	strip := func(h http.Handler) http.Handler { return http.StripPrefix("/api", h) }
	for router, app := range applications() {
		for _, inside := range []bool{false, true} {
			if router == "chi" {
				continue // chi strips prefixes in its own route context, so StripPrefix is not used with chi
			}
			start := func(t testing.TB, src httpserver.Source) string {
				t.Helper()
				if inside {
					return startServer(t, app(src, noMiddleware, strip))
				}
				return startServer(t, app(src, strip, noMiddleware))
			}
			for about, request := range rawRequests("/api") {
				t.Run(fmt.Sprintf("%s, inside %v, %s", router, inside, about), func(t *testing.T) {
					transparency.Compare(t, start, request).CheckSpan(t)
				})
			}
		}
	}
}

// TestReverseProxy checks two uses of a reverse proxy: as the handler of the instrumented
// server, and as a separate server in front of it.
func TestReverseProxy(t *testing.T) {
	mux := func(src httpserver.Source) http.Handler {
		return applications()["mux"](src, noMiddleware, noMiddleware)
	}
	proxy := func(t testing.TB, address string) http.Handler {
		t.Helper()
		target, err := url.Parse("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		proxy := httputil.NewSingleHostReverseProxy(target)
		proxy.ErrorLog = discardLog
		return proxy
	}
	starts := map[string]transparency.Start{
		"as the handler": func(t testing.TB, src httpserver.Source) string {
			t.Helper()
			return startServer(t, adapterMiddleware(src)(proxy(t, startServer(t, mux(nil)))))
		},
		"in front": func(t testing.TB, src httpserver.Source) string {
			t.Helper()
			return startServer(t, proxy(t, startServer(t, mux(src))))
		},
	}
	for name, start := range starts {
		for about, request := range rawRequests("") {
			t.Run(name+", "+about, func(t *testing.T) {
				transparency.CompareProxied(t, start, request).CheckSpan(t)
			})
		}
	}
}

// TestNetHTTPExpiredTimeouts checks timeout handlers whose timeout expires. The adapter sees
// the response of a timeout handler inside it, and does not see the response of a timeout
// handler outside it.
func TestNetHTTPExpiredTimeouts(t *testing.T) {
	slow := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for name, wrap := range map[string]func(http.Handler) http.Handler{
		"TimeoutHandler": func(h http.Handler) http.Handler { return http.TimeoutHandler(h, 5*time.Millisecond, "late") },
		"chi Timeout":    middleware.Timeout(5 * time.Millisecond),
	} {
		for _, inside := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, inside %v", name, inside), func(t *testing.T) {
				result := transparency.Compare(t, func(t testing.TB, src httpserver.Source) string {
					t.Helper()
					if inside {
						return startServer(t, adapterMiddleware(src)(wrap(slow)))
					}
					return startServer(t, wrap(adapterMiddleware(src)(slow)))
				}, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
				if inside {
					result.CheckSpan(t)
				} else {
					result.CheckUnseen(t)
				}
			})
		}
	}
}

// TestNetHTTPRecoveries checks panics from which an outer or an inner middleware
// recovers.
func TestNetHTTPRecoveries(t *testing.T) {
	panics := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("on purpose") })
	recoveries := map[string]func(http.Handler) http.Handler{
		"chi Recoverer": withoutStackTrace(middleware.Recoverer),
		"418":           newRecoverer(http.StatusTeapot),
		"503":           newRecoverer(http.StatusServiceUnavailable),
		"nothing":       newRecoverer(0),
	}
	for name, wrap := range recoveries {
		for _, inside := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, inside %v", name, inside), func(t *testing.T) {
				result := transparency.Compare(t, func(t testing.TB, src httpserver.Source) string {
					t.Helper()
					if inside {
						return startServer(t, adapterMiddleware(src)(wrap(panics)))
					}
					return startServer(t, wrap(adapterMiddleware(src)(panics)))
				}, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
				if inside {
					result.CheckSpan(t)
				} else {
					result.CheckUnseen(t)
				}
			})
		}
	}
}

// newRecoverer returns a middleware that recovers from panics and responds with the
// status. If status is 0, it does not respond.
func newRecoverer(status int) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if recover() != nil && status != 0 {
					w.WriteHeader(status)
				}
			}()
			next.ServeHTTP(w, r)
		})
	}
}
