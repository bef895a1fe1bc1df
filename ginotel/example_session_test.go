package ginotel_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/ginotel"
)

// A database session for each request, in a middleware: acquired before the
// handler, committed or rolled back after it, with child spans of the server
// span.
func ExampleUse_session() {
	src, spans := source()
	tracer := src.TracerProvider().Tracer("orders")
	session := func(c *gin.Context) {
		_, acquiring := tracer.Start(c.Request.Context(), "db acquire")
		acquiring.End()
		end := "db rollback" // also after a panic of the handler
		defer func() {
			_, ending := tracer.Start(c.Request.Context(), end)
			ending.End()
		}()
		c.Next()
		if len(c.Errors) == 0 {
			end = "db commit"
		}
	}

	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	ginotel.Use(r, src)
	r.Use(session) // after Use; otherwise its spans have no parent
	r.POST("/orders/:item", func(c *gin.Context) {
		if c.Param("item") == "sold-out" {
			_ = c.AbortWithError(http.StatusConflict, errors.New("sold out"))
		}
	})

	for _, path := range []string{"/orders/tea", "/orders/sold-out"} {
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, path, http.NoBody))
	}
	for _, span := range spans.Ended() {
		fmt.Println(span.Name())
	}
	// Output:
	// db acquire
	// db commit
	// POST /orders/:item
	// db acquire
	// db rollback
	// POST /orders/:item
}
