package fiberotel

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/gofiber/fiber/v3"
	"go.opentelemetry.io/otel"
)

// The code in this file recognizes malformed requests, which must not be recorded. Fiber
// calls middlewares even for a request that fasthttp could not parse, but fasthttp
// discards Fiber's response. Fiber's public API does not show whether a request is
// malformed.

// skipNonUseRoutesIndex is the index of the unexported field skipNonUseRoutes, or
// shouldSkipNonUseRoutes since Fiber v3.3, of the struct fiber.DefaultCtx. Fiber sets the field if it calls only middlewares, as for a malformed
// request. This package only reads the field. If this version of Fiber has no such field,
// skipNonUseRoutesIndex is nil, and errNoSkipNonUseRoutes is not nil.
var skipNonUseRoutesIndex, errNoSkipNonUseRoutes = skipNonUseRoutesIndexOf(reflect.TypeFor[fiber.DefaultCtx]())

// skipNonUseRoutesIndexOf returns the index of the field skipNonUseRoutes of t, which Fiber
// v3.3 has renamed to shouldSkipNonUseRoutes. It returns an error if there is no such field, or
// if the field is not a bool.
func skipNonUseRoutesIndexOf(t reflect.Type) ([]int, error) {
	for _, name := range []string{"skipNonUseRoutes", "shouldSkipNonUseRoutes"} {
		if found, ok := t.FieldByName(name); ok && found.Type.Kind() == reflect.Bool {
			return found.Index, nil
		}
	}
	return nil, fmt.Errorf("fiberotel: %v has no field skipNonUseRoutes or shouldSkipNonUseRoutes of kind bool, so malformed requests get spans with a wrong status: update fiberotel/fiber3", t)
}

// reportMissingField reports errNoSkipNonUseRoutes once, if it is not nil.
var reportMissingField = sync.OnceFunc(func() {
	if errNoSkipNonUseRoutes != nil {
		otel.Handle(errNoSkipNonUseRoutes)
	}
})

// isMalformed reports whether c's request is malformed. It returns false if c does not
// contain a fiber.DefaultCtx, or if skipNonUseRoutesIndex is nil.
func isMalformed(c fiber.Ctx) bool {
	if skipNonUseRoutesIndex == nil {
		return false
	}
	d := defaultCtxOf(c)
	return d != nil && reflect.ValueOf(d).Elem().FieldByIndex(skipNonUseRoutesIndex).Bool()
}

// defaultCtxOf returns Fiber's own context: c itself, or the context that an application's
// type embeds. It returns nil if it does not find Fiber's context.
func defaultCtxOf(c fiber.Ctx) *fiber.DefaultCtx {
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
