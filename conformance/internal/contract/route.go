package contract

import (
	"net/http"
	"strings"
)

// Route is a route of the reference service, with an example request. The route GET
// /process/{item_id}, which every service has, is not included.
type Route struct {
	Method, Path string
	// Target and Body are the request's. Status is the response's status code, or 0 if
	// the framework decides it.
	Target, Body string
	Status       int
	// Capability is the capability that the route belongs to, or "".
	Capability Capability
}

// String returns the route as CONTRACT.md writes it.
func (r *Route) String() string { return r.Method + " " + r.Path }

// Routes returns the optional routes, which a service may have in addition to GET
// /process/{item_id}.
func Routes() []Route {
	get := func(path, target string, status int) Route {
		return Route{Method: http.MethodGet, Path: path, Target: target, Status: status}
	}
	post := func(path, body string, status int) Route {
		return Route{Method: http.MethodPost, Path: path, Target: path, Body: body, Status: status}
	}
	requires := func(c Capability, r Route) Route {
		r.Capability = c
		return r
	}
	return []Route{
		get("/status/{code}", "/status/202", http.StatusAccepted),
		post("/echo", "{}", http.StatusOK),
		requires(Exclusion, get("/healthz", "/healthz", http.StatusOK)),
		requires(Exclusion, get("/metrics", "/metrics", http.StatusOK)),
		requires(Exclusion, get("/docs", "/docs", http.StatusOK)),
		get("/fail/{code}", "/fail/400", http.StatusBadRequest),
		get("/panic/inside", "/panic/inside", http.StatusInternalServerError),
		get("/panic", "/panic", 0),
		requires(Background, get("/background", "/background", http.StatusAccepted)),
		get("/stream", "/stream", http.StatusOK),
		get("/slow/{ms}", "/slow/0", http.StatusOK),
		get("/deaf/{code}", "/deaf/202", http.StatusAccepted),
		get("/late/{code}", "/late/202", http.StatusAccepted),
		get("/described/{code}", "/described/202", http.StatusAccepted),
		requires(SubRequests, post("/batch", "[]", http.StatusOK)),
		get("/file", "/file", http.StatusOK),
		get("/upgrade", "/upgrade", http.StatusUpgradeRequired),
		post("/relay", "[]", http.StatusOK),
		get("/context/{source}", "/context/request", http.StatusOK),
		get("/baggage", "/baggage", http.StatusOK),
		get("/mounted/users/{user_id}", "/mounted/users/1", http.StatusOK),
		get("/files/{path...}", "/files/a", http.StatusOK),
		get("/static/{filepath...}", "/static/hello.txt", http.StatusOK),
		get("/write/{kind}", "/write/implicit", http.StatusOK),
		get("/truncated/{kind}", "/truncated/whole", http.StatusOK),
		requires(ResponseWriter, get("/writer", "/writer", http.StatusOK)),
		get("/observed", "/observed", http.StatusOK),
		post("/upload", "", 0),
		get("/after/{item_id}", "/after/asked", http.StatusAccepted),
		post("/release", "", http.StatusOK),
		post("/held", "", http.StatusOK),
		requires(Lifecycle, Route{Method: http.MethodPost, Path: "/lifecycle/{action}", Target: "/lifecycle/flush", Status: http.StatusOK}),
	}
}

// IsMissing reports whether the status of a response means that the service does not have
// the requested route.
func IsMissing(status int) bool {
	return status == http.StatusNotImplemented || status == http.StatusNotFound || status == http.StatusMethodNotAllowed
}

// serves reports whether the route serves a request with that method and path. A GET route
// also serves HEAD.
func (r *Route) serves(method, path string) bool {
	if method != r.Method && (r.Method != http.MethodGet || method != http.MethodHead) {
		return false
	}
	fixed, _, isTemplate := strings.Cut(r.Path, "{")
	if !isTemplate {
		return path == fixed
	}
	return strings.HasPrefix(path, fixed)
}

// RouteOf returns the optional route that serves a request, and whether there
// is one.
func RouteOf(method, path string) (Route, bool) {
	if path == "/held" {
		method = http.MethodPost // Routes has no GET /held, which would wait for POST /held
	}
	for _, route := range Routes() {
		if route.serves(method, path) {
			return route, true
		}
	}
	return Route{}, false
}
