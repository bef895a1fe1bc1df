// Command gin is the README's quick start for Gin.
package main

import (
	"context"
	"log"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/ginotel"
)

func main() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
	if err != nil {
		log.Fatal(err)
	}
	tracer := tel.TracerProvider().Tracer("orders")

	r := gin.New()
	ginotel.Use(r, tel) // before the routes: Gin covers only those that follow
	r.GET("/process/:item_id", func(c *gin.Context) {
		_, span := tracer.Start(c.Request.Context(), "process_item_logic") // a child of the server span
		defer span.End()
		c.JSON(http.StatusOK, gin.H{"item_id": c.Param("item_id"), "status": "processed"})
	})
	r.GET("/healthz", func(c *gin.Context) { c.String(http.StatusOK, "ok\n") })
	r.GET("/metrics", func(c *gin.Context) { c.JSON(http.StatusOK, tel.Stats()) })

	if err := tel.Serve(ctx, &http.Server{Addr: ":8080", Handler: r}); err != nil {
		log.Fatal(err)
	}
}
