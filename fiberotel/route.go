package fiberotel

import (
	"reflect"
	"runtime"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// route returns the template of the route that answered, "" if none did. c's
// route is the last one tried, which after a 404 or 405 is a middleware's, and
// only an unexported field tells that one from an endpoint.
func route(c *fiber.Ctx) string {
	r := c.Route()
	if len(r.Handlers) == 0 {
		// Made up by Fiber, out of the path, for a Ctx that has no route.
		return ""
	}
	if !reflect.ValueOf(r).Elem().FieldByIndex(useField).Bool() {
		return r.Path
	}
	// A static directory is registered like a middleware, and may share its
	// route with some. The handler that was called last answered, unless it
	// called Next in vain: then the index points behind the last one.
	index := reflect.ValueOf(c).Elem().FieldByIndex(indexField).Int()
	if index >= int64(len(r.Handlers)) || !isStatic(r.Handlers[index]) {
		return ""
	}
	return strings.TrimSuffix(r.Path, "/") + "/*"
}

// isStatic tells whether h is what App.Static registers.
func isStatic(h fiber.Handler) bool {
	name := runtime.FuncForPC(reflect.ValueOf(h).Pointer()).Name()
	return strings.HasPrefix(name, "github.com/gofiber/fiber/v2.(*App).registerStatic.")
}

var (
	useField   = field[fiber.Route]("use", reflect.Bool)
	indexField = field[fiber.Ctx]("indexHandler", reflect.Int)
)

// field finds a field that is not exported but can be read. Without it no route
// would be right, which must not go unnoticed when Fiber is upgraded.
func field[T any](name string, kind reflect.Kind) []int {
	found, ok := reflect.TypeFor[T]().FieldByName(name)
	if !ok || found.Type.Kind() != kind {
		panic("fiberotel: " + reflect.TypeFor[T]().String() + " has no field " + name + " of kind " + kind.String() +
			"; use the version of github.com/gofiber/fiber/v2 that this module requires")
	}
	return found.Index
}
