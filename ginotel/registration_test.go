package ginotel_test

import (
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/ginotel"
	"github.com/samespan/samespan/internal/httpservertest"
)

// registrations has a function for each of the two ways to register the middleware on an
// engine.
var registrations = map[string]func(*gin.Engine, *httpservertest.Recorder){
	"Use":        func(r *gin.Engine, rec *httpservertest.Recorder) { ginotel.Use(r, rec) },
	"Middleware": func(r *gin.Engine, rec *httpservertest.Recorder) { r.Use(ginotel.Middleware(rec)) },
}

// forEachRegistration runs test as a subtest for each of the registrations.
func forEachRegistration(t *testing.T, test func(t *testing.T, use func(*gin.Engine, *httpservertest.Recorder))) {
	t.Helper()
	for name, use := range registrations {
		t.Run(name, func(t *testing.T) { test(t, use) })
	}
}
