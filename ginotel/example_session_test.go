package ginotel_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/ginotel"
)

// The middleware in this example gives each request a database session. It acquires the
// session before the handler, and commits or rolls back after the handler. Both steps are
// child spans of the server span.
func ExampleUse_session() {
	src, spans := newSource()
	tracer := src.TracerProvider().Tracer("orders")
	session := func(c *gin.Context) {
		_, acquireSpan := tracer.Start(c.Request.Context(), "db acquire")
		acquireSpan.End()
		lastStep := "db rollback" // unless the handler returns without an error
		defer func() {
			_, span := tracer.Start(c.Request.Context(), lastStep)
			span.End()
		}()
		c.Next()
		if len(c.Errors) == 0 {
			lastStep = "db commit"
		}
	}

	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	ginotel.Use(r, src)
	r.Use(session) // after ginotel.Use, so that session's spans are children of the server span
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
