package conventions

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gofiber/fiber/v2"
	fiber3 "github.com/gofiber/fiber/v3"
	fiber3static "github.com/gofiber/fiber/v3/middleware/static"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/samespan/samespan/core/httpserver"
	"github.com/samespan/samespan/echootel"
	echo5otel "github.com/samespan/samespan/echootel/echo5"
	"github.com/samespan/samespan/fiberotel"
	fiber3otel "github.com/samespan/samespan/fiberotel/fiber3"
	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
	"github.com/samespan/samespan/nethttpotel"
)

// excludedBody is the response body of the excluded routes. If a response has the body of
// another route, the request must be recorded.
const excludedBody = "hidden"

// routedAppStarters maps names to functions that start an application and return its
// address. The application responds with excludedBody to /healthz, /metrics, /docs and paths
// below /docs/, with "slug" to /{slug}, and with the files in dir to all other paths. One
// application has no router and responds with the files to all paths.
var routedAppStarters = map[string]func(t *testing.T, src httpserver.Source, dir string) string{
	"net/http": func(t *testing.T, src httpserver.Source, dir string) string {
		mux := http.NewServeMux()
		registerExcludedRoutes(mux)
		mux.HandleFunc("GET /{slug}", respondWith("slug"))
		mux.Handle("GET /", http.FileServer(http.Dir(dir)))
		return serveHTTP(t, nethttpotel.Middleware(src)(mux))
	},
	"net/http, files of a disk alone": func(t *testing.T, src httpserver.Source, dir string) string {
		// Without a router, the file server also gets the requests for excluded paths.
		return serveHTTP(t, nethttpotel.Middleware(src)(http.FileServer(http.Dir(dir))))
	},
	"chi": chiAppStarter(nethttpotel.WithRoute(func(r *http.Request) string {
		return chi.RouteContext(r.Context()).RoutePattern()
	})),
	"chi, by its patterns": chiAppStarter(),
	"Gin": func(t *testing.T, src httpserver.Source, dir string) string {
		return serveHTTP(t, ginApp(src, dir, func(*gin.Engine) {}))
	},
	"Gin, raw": func(t *testing.T, src httpserver.Source, dir string) string {
		return serveHTTP(t, ginApp(src, dir, func(r *gin.Engine) { r.UseRawPath = true }))
	},
	"Gin, extra slashes removed": func(t *testing.T, src httpserver.Source, dir string) string {
		return serveHTTP(t, ginApp(src, dir, func(r *gin.Engine) { r.RemoveExtraSlash, r.RedirectFixedPath = true, true }))
	},
	"Echo v4": func(t *testing.T, src httpserver.Source, dir string) string {
		e := echo.New()
		e.Use(echootel.Middleware(src))
		for _, path := range []string{"/healthz", "/metrics", "/docs", "/docs/*"} {
			e.GET(path, func(c echo.Context) error { return c.String(http.StatusOK, excludedBody) })
		}
		e.GET("/:slug", func(c echo.Context) error { return c.String(http.StatusOK, "slug") })
		e.Static("/", dir)
		return serveHTTP(t, e)
	},
	"Echo v5": func(t *testing.T, src httpserver.Source, dir string) string {
		e := echo5.New()
		e.Use(echo5otel.Middleware(src))
		for _, path := range []string{"/healthz", "/metrics", "/docs", "/docs/*"} {
			e.GET(path, func(c *echo5.Context) error { return c.String(http.StatusOK, excludedBody) })
		}
		e.GET("/:slug", func(c *echo5.Context) error { return c.String(http.StatusOK, "slug") })
		e.StaticFS("/", os.DirFS(dir))
		return serveHTTP(t, e)
	},
	"Fiber v2":                 fiberAppStarter(fiber.Config{}),
	"Fiber v2, case-sensitive": fiberAppStarter(fiber.Config{CaseSensitive: true}),
	"Fiber v2, strict":         fiberAppStarter(fiber.Config{StrictRouting: true}),
	"Fiber v2, unescaped":      fiberAppStarter(fiber.Config{UnescapePath: true}),
	"Fiber v3":                 fiber3AppStarter(fiber3.Config{}),
	"Fiber v3, case-sensitive": fiber3AppStarter(fiber3.Config{CaseSensitive: true}),
	"Fiber v3, strict":         fiber3AppStarter(fiber3.Config{StrictRouting: true}),
	"Fiber v3, unescaped":      fiber3AppStarter(fiber3.Config{UnescapePath: true}),
}

// respondWith returns a handler that responds with body.
func respondWith(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }
}

// registerExcludedRoutes registers the excluded routes.
func registerExcludedRoutes(mux *http.ServeMux) {
	for _, pattern := range []string{"GET /healthz", "GET /metrics", "GET /docs", "GET /docs/"} {
		mux.HandleFunc(pattern, respondWith(excludedBody))
	}
}

// chiAppStarter returns a function of routedAppStarters that starts an application on chi.
func chiAppStarter(options ...nethttpotel.Option) func(*testing.T, httpserver.Source, string) string {
	return func(t *testing.T, src httpserver.Source, dir string) string {
		r := chi.NewRouter()
		r.Use(nethttpotel.Middleware(src, options...))
		for _, path := range []string{"/healthz", "/metrics", "/docs", "/docs/*"} {
			r.Get(path, respondWith(excludedBody))
		}
		r.Get("/{slug}", respondWith("slug"))
		r.Handle("/*", http.FileServer(http.Dir(dir)))
		return serveHTTP(t, r)
	}
}

// ginApp returns an application of routedAppStarters on Gin. The function set changes the
// engine's settings.
func ginApp(src httpserver.Source, dir string, set func(*gin.Engine)) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	set(r)
	ginotel.Use(r, src)
	for _, path := range []string{"/healthz", "/metrics", "/docs", "/docs/*any"} {
		r.GET(path, func(c *gin.Context) { c.String(http.StatusOK, excludedBody) })
	}
	r.GET("/:slug", func(c *gin.Context) { c.String(http.StatusOK, "slug") })
	files := http.FileServer(http.Dir(dir))
	r.NoRoute(func(c *gin.Context) { files.ServeHTTP(c.Writer, c.Request) })
	return r
}

// fiberAppStarter returns a function of routedAppStarters that starts an application on
// Fiber v2.
func fiberAppStarter(config fiber.Config) func(*testing.T, httpserver.Source, string) string {
	return func(t *testing.T, src httpserver.Source, dir string) string {
		config.DisableStartupMessage = true
		app := fiber.New(config)
		app.Use(fiberotel.Middleware(src))
		for _, path := range []string{"/healthz", "/metrics", "/docs", "/docs/*"} {
			app.Get(path, func(c *fiber.Ctx) error { return c.SendString(excludedBody) })
		}
		app.Get("/:slug", func(c *fiber.Ctx) error { return c.SendString("slug") })
		app.Static("/", dir)
		ln := listen(t)
		go func() { _ = app.Listener(ln) }()
		t.Cleanup(func() { _ = app.Shutdown() })
		return ln.Addr().String()
	}
}

// fiber3AppStarter returns a function of routedAppStarters that starts an application on
// Fiber v3.
func fiber3AppStarter(config fiber3.Config) func(*testing.T, httpserver.Source, string) string {
	return func(t *testing.T, src httpserver.Source, dir string) string {
		app := fiber3.New(config)
		app.Use(fiber3otel.Middleware(src))
		for _, path := range []string{"/healthz", "/metrics", "/docs", "/docs/*"} {
			app.Get(path, func(c fiber3.Ctx) error { return c.SendString(excludedBody) })
		}
		app.Get("/:slug", func(c fiber3.Ctx) error { return c.SendString("slug") })
		app.Use("/", fiber3static.New(dir))
		ln := listen(t)
		go func() { _ = app.Listener(ln, fiber3.ListenConfig{DisableStartupMessage: true}) }()
		t.Cleanup(func() { _ = app.Shutdown() })
		return ln.Addr().String()
	}
}

// plainTargets are request targets without unusual spellings.
var plainTargets = []string{"/healthz", "/metrics", "/docs", "/docs/oauth2", "/docs/a%20b", "/docs/.well-known", "/healthz?full=1"}

// evasiveTargets are request targets whose spelling may hide a request from recording.
var evasiveTargets = []string{
	"/docs%2Fx", "/docs%2fx", "/metrics%2F..%2Fx", "/healthz%2Fsecret.txt", "/docs/../secret.txt", "/docs/%2e%2e/secret.txt",
	"/docs/.%2e/secret.txt", "/docs/%2E./secret.txt", "/docs/..%2fsecret.txt", "/docs/..%2Fsecret.txt", "/docs%2f..%2fsecret.txt",
	"/healthz/..%2f..%2fsecret.txt", "/healthz/../secret.txt", "/healthz/..", "/healthz/.", "/docs/./../secret.txt", "//healthz",
	"//docs/../secret.txt", "/docs//../secret.txt", "/docs/a/../../secret.txt", `/docs/..\secret.txt`, `/docs\..\secret.txt`,
	"/docs/..%5csecret.txt", "/docs%5c..%5csecret.txt", "/docs/..;/secret.txt", "/docs;/../secret.txt", "/healthz;x=1", "/healthz.",
	"/healthz%20", "/healthz%00", "/healthz%3Fx", "/healthz%23", "/%68ealthz", "/%48ealthz", "/HEALTHZ", "/Healthz", "/HEALTHZ%2Fx",
	"/healthz%252F", "/%2e/secret.txt", "/./healthz", "/x/../healthz", "/healthzz", "/xhealthz", "/secret.txt?x=/healthz", "/secret.txt",
	"/do%63s/../secret.txt", "/docs/%252e%252e/secret.txt",
	"http://healthz.example/secret.txt", "http://h.example/docs/../secret.txt", "http://h.example/docs%2Fx",
}

// TestClientsCannotEvadeRecording checks that a client cannot evade recording with a
// target that resembles an excluded path. The response body shows which route served the
// request, and so whether the request must be recorded.
func TestClientsCannotEvadeRecording(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.txt"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, serve := range routedAppStarters {
		t.Run(name, func(t *testing.T) {
			recorder := httpservertest.New(t, httpserver.Config{Exclude: []string{"healthz", "metrics", "docs"}})
			address := serve(t, recorder, dir)
			spans := 0
			excluded := func(target string) (bool, string) {
				t.Helper()
				body := sendTarget(t, address, target)
				ended := len(recorder.Ended())
				defer func() { spans = ended }()
				return ended == spans, body
			}
			if !strings.HasSuffix(name, "alone") {
				for _, target := range plainTargets {
					if hides, body := excluded(target); !hides || body != excludedBody {
						t.Errorf("%s: got a span: %v, and %.40q, want none", target, !hides, body)
					}
				}
			}
			for _, target := range evasiveTargets {
				if hides, body := excluded(target); hides && (strings.Contains(body, "secret") || body == "slug") {
					t.Errorf("%s: got no span of what was answered with %.40q", target, body)
				}
			}
			if spans == 0 {
				t.Error("nothing was observed")
			}
		})
	}
}

// sendTarget sends a GET request for the target as it is, without cleaning or encoding it,
// and returns the response body.
func sendTarget(t *testing.T, address, target string) string {
	t.Helper()
	conn, err := net.Dial("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET "+target+" HTTP/1.1\r\nHost: h.example\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s: %v", target, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Errorf("%s: %v", target, err)
	}
	return string(body)
}
