package fiberotel

import (
	"reflect"

	"github.com/gofiber/fiber/v3"
)

// What Fiber knows and does not tell. It is read, never written.
var (
	// useField says that a route is a middleware's.
	useField = field[fiber.Route]("use", reflect.Bool)
	// indexField is the handler of the route that was called last.
	indexField = field[fiber.DefaultCtx]("indexHandler", reflect.Int)
	// malformedField says that Fiber calls nothing but the middlewares, for a
	// request that fasthttp could not read.
	malformedField = field[fiber.DefaultCtx]("skipNonUseRoutes", reflect.Bool)
)

// field finds a field that is not exported but can be read. Without it no route
// would be right, which must not go unnoticed when Fiber is upgraded.
func field[T any](name string, kind reflect.Kind) []int {
	found, ok := reflect.TypeFor[T]().FieldByName(name)
	if !ok || found.Type.Kind() != kind {
		panic("fiberotel: " + reflect.TypeFor[T]().String() + " has no field " + name + " of kind " + kind.String() +
			"; use the version of github.com/gofiber/fiber/v3 that this module requires")
	}
	return found.Index
}

// isUse tells whether r was registered with Use.
func isUse(r *fiber.Route) bool {
	return reflect.ValueOf(r).Elem().FieldByIndex(useField).Bool()
}

// isMalformed tells whether c's request is one that fasthttp could not read.
func isMalformed(c fiber.Ctx) bool {
	d := defaultOf(c)
	return d != nil && reflect.ValueOf(d).Elem().FieldByIndex(malformedField).Bool()
}

// handlerIndex returns the place of the handler that was called last among
// those of c's route.
func handlerIndex(c fiber.Ctx) (index int, known bool) {
	d := defaultOf(c)
	if d == nil {
		return 0, false
	}
	return int(reflect.ValueOf(d).Elem().FieldByIndex(indexField).Int()), true
}

// defaultOf returns Fiber's own context, which one of the application's own
// embeds, nil if it hides it.
func defaultOf(c fiber.Ctx) *fiber.DefaultCtx {
	if d, ok := c.(*fiber.DefaultCtx); ok {
		return d
	}
	v := reflect.Indirect(reflect.ValueOf(c))
	if v.Kind() != reflect.Struct {
		return nil
	}
	embedded, ok := v.Type().FieldByName("DefaultCtx")
	if !ok {
		return nil
	}
	found, err := v.FieldByIndexErr(embedded.Index)
	if err != nil || !found.CanInterface() {
		return nil
	}
	if found.Kind() == reflect.Struct && found.CanAddr() {
		found = found.Addr()
	}
	d, _ := found.Interface().(*fiber.DefaultCtx)
	return d
}
