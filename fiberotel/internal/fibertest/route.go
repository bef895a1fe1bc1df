package fibertest

// Route is a request and the route that its span must have.
type Route struct {
	Method, Path string
	Status       int
	// Native is http.route in Fiber's syntax, and Braces is http.route with RouteBraces.
	// Both are empty if there must be no route.
	Native, Braces string
}

// Routes are requests that every major version of Fiber routes in the same way.
var Routes = []Route{
	{"GET", "/", 200, "/", "/"},
	{"HEAD", "/", 200, "/", "/"},
	{"GET", "/process/12345", 200, "/process/:item_id", "/process/{item_id}"},
	{"GET", "/process/12345/", 200, "/process/:item_id", "/process/{item_id}"},
	{"GET", "/PROCESS/1", 200, "/process/:item_id", "/process/{item_id}"},
	{"HEAD", "/process/12345", 200, "/process/:item_id", "/process/{item_id}"},
	{"GET", "/flights/LAX-SFO", 200, "/flights/:from-:to", "/flights/{from}-{to}"},
	{"GET", "/optional", 200, "/optional/:id?", "/optional/{id}"},
	{"GET", "/number/7", 200, "/number/:id<int;min(1)>", "/number/{id}"},
	{"GET", "/wild/a/b", 200, "/wild/*", "/wild/{...}"},
	{"GET", "/plus/a", 200, "/plus/+", "/plus/{...}"},
	{"GET", "/shop/color:blue/size:xs", 200, "/shop/color::color/size::size", "/shop/color:{color}/size:{size}"},
	{"GET", "/name:verb", 200, `/name\:verb`, "/name:verb"},
	{"PUT", "/all/1", 200, "/all/:id", "/all/{id}"},
	{"GET", "/guarded/1", 200, "/guarded/:id", "/guarded/{id}"},
	{"GET", "/rewritten", 200, "/process/:item_id", "/process/{item_id}"},
	{"GET", "/passes/1", 200, "/passes/1", "/passes/1"},

	// An endpoint keeps its route if it responds with 404 itself.
	{"GET", "/gone/1", 404, "/gone/:id", "/gone/{id}"},
	{"GET", "/missing-file", 404, "/missing-file", "/missing-file"},
	{"GET", "/passes/2", 404, "/passes/:id", "/passes/{id}"},

	{"GET", "/api/v1/users/1", 200, "/api/v1/users/:id", "/api/v1/users/{id}"},
	{"GET", "/section/one", 200, "/section/:page", "/section/{page}"},
	{"GET", "/sub", 200, "/sub/", "/sub/"},
	{"GET", "/sub/user/1", 200, "/sub/user/:id", "/sub/user/{id}"},
	{"GET", "/sub/inner/deep/1", 200, "/sub/inner/deep/:id", "/sub/inner/deep/{id}"},

	{"GET", "/static/a.txt", 200, "/static/*", "/static/{...}"},
	{"HEAD", "/static/a.txt", 200, "/static/*", "/static/{...}"},
	{"GET", "/api/v1/assets/a.txt", 200, "/api/v1/assets/*", "/api/v1/assets/{...}"},
	{"GET", "/shared/a.txt", 200, "/shared/*", "/shared/{...}"},

	// Responses that are not from an endpoint have no route.
	{"GET", "/shared/a.txt?deny=1", 403, "", ""},
	{"GET", "/shared/none.txt", 404, "", ""},
	{"GET", "/static/none.txt", 404, "", ""},
	{"GET", "/none", 404, "", ""},
	{"GET", "/api/none", 404, "", ""},
	{"GET", "/number/x", 404, "", ""},
	{"GET", "/sub/none", 418, "", ""},
	{"GET", "/refused/1", 401, "", ""},
	{"GET", "/answered/1", 200, "", ""},
	{"GET", "/posted", 405, "", ""},
	{"DELETE", "/process/1", 405, "", ""},
	{"OPTIONS", "/process/1", 405, "", ""},
}
