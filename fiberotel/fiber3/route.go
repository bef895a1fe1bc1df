package fiberotel

import (
	"reflect"
	"runtime"
	"strings"

	"github.com/gofiber/fiber/v3"
)

// route returns the template of the route that answered, "" if none did. c's
// route is the last one tried, which after a 404 or 405 is a middleware's.
func route(c fiber.Ctx) string {
	r := c.Route()
	if len(r.Handlers) == 0 {
		// Made up by Fiber, out of the path, for a Ctx that has no route.
		return ""
	}
	if !isUse(r) {
		return r.Path
	}
	// A static directory may be registered like a middleware, and share its
	// route with some. The handler that was called last answered, unless it
	// called Next in vain: then the index points behind the last one.
	index, known := handlerIndex(c)
	if !known || index >= len(r.Handlers) || !isStatic(r.Handlers[index]) {
		return ""
	}
	if strings.Contains(r.Path, "*") {
		return r.Path
	}
	return strings.TrimSuffix(r.Path, "/") + "/*"
}

// isStatic tells whether h is what Fiber's static middleware is made of.
func isStatic(h fiber.Handler) bool {
	name := runtime.FuncForPC(reflect.ValueOf(h).Pointer()).Name()
	return strings.HasPrefix(name, "github.com/gofiber/fiber/v3/middleware/static.New.")
}
