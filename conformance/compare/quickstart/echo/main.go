// Command echo is the README's quick start for Echo v4.
package main

import (
	"context"
	"log"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/echootel"
)

func main() {
	ctx := context.Background()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
	if err != nil {
		log.Fatal(err)
	}
	tracer := tel.TracerProvider().Tracer("orders")

	e := echo.New()
	e.Use(echootel.Middleware(tel))
	e.GET("/process/:item_id", func(c echo.Context) error {
		_, span := tracer.Start(c.Request().Context(), "process_item_logic") // a child of the server span
		defer span.End()
		return c.JSON(http.StatusOK, echo.Map{"item_id": c.Param("item_id"), "status": "processed"})
	})
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/metrics", func(c echo.Context) error { return c.JSON(http.StatusOK, tel.Stats()) })

	if err := tel.Serve(ctx, echootel.Server(e, ":8080")); err != nil {
		log.Fatal(err)
	}
}
