package reference

import (
	"bufio"
	"bytes"
	"log"
	"net"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/gofiber/fiber/v2/utils"
)

// Fiber is the service on a Fiber app, with Fiber's recovery outside what
// instrument registers.
func Fiber(s *Service, instrument func(*fiber.App)) *fiber.App {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Use(recover.New())
	instrument(app)

	app.Get("/process/:item_id", func(c *fiber.Ctx) error {
		// Fiber's strings are valid until the handler returns, a span's
		// attribute lives on.
		processed, err := s.Process(c.UserContext(), utils.CopyString(c.Params("item_id")))
		if err != nil {
			return fiber.NewError(fiber.StatusBadGateway, err.Error())
		}
		return c.JSON(processed)
	})
	probe := func(c *fiber.Ctx) error { return c.SendString(s.Probe(c.UserContext())) }
	app.Get("/healthz", probe)
	app.Get("/metrics", probe)
	app.Get("/docs", probe)
	app.Get("/status/:code", func(c *fiber.Ctx) error {
		status, err := Status(c.Params("code"))
		if err != nil {
			return c.Status(fiber.StatusBadRequest).SendString(err.Error())
		}
		// SendStatus would put the status text into an empty body.
		c.Status(status)
		if body := statusBody(status); body != "" {
			return c.SendString(body)
		}
		return nil
	})
	app.Get("/fail/:code", func(c *fiber.Ctx) error {
		status, err := Status(c.Params("code"))
		if err != nil {
			return c.Status(fiber.StatusBadRequest).SendString(err.Error())
		}
		return fiber.NewError(status, errFailed.Error())
	})
	app.Get("/panic", func(*fiber.Ctx) error { panic(errPanic) })
	app.Get("/background", func(c *fiber.Ctx) error {
		s.Background(c.UserContext())
		return c.Status(fiber.StatusAccepted).SendString(accepted)
	})
	app.Get("/stream", func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		c.Set(fiber.HeaderContentType, "text/event-stream")
		c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
			_ = s.Stream(ctx, func(event string) error {
				if _, err := w.WriteString(event); err != nil {
					return err
				}
				return w.Flush()
			})
		})
		return nil
	})
	app.Get("/slow/:ms", func(c *fiber.Ctx) error {
		if err := s.Slow(c.UserContext(), c.Params("ms")); err != nil {
			return fiber.NewError(fiber.StatusBadRequest, err.Error())
		}
		return c.SendString("ok")
	})
	app.Post("/echo", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, contentType(c.Get(fiber.HeaderContentType)))
		if c.Request().Header.ContentLength() < 0 {
			return c.SendStream(bytes.NewReader(bytes.Clone(c.Body())))
		}
		return c.Send(c.Body())
	})
	app.Get("/file", func(c *fiber.Ctx) error { return c.SendFile(s.File()) })
	app.Get("/upgrade", func(c *fiber.Ctx) error {
		if !wantsUpgrade(c.Get(fiber.HeaderConnection), c.Get(fiber.HeaderUpgrade)) {
			c.Set(fiber.HeaderUpgrade, upgradeProtocol)
			c.Status(fiber.StatusUpgradeRequired)
			return nil
		}
		c.Status(fiber.StatusSwitchingProtocols)
		c.Set(fiber.HeaderConnection, "Upgrade")
		c.Set(fiber.HeaderUpgrade, upgradeProtocol)
		c.Context().Hijack(func(conn net.Conn) {
			if err := echoLine(conn, conn); err != nil {
				log.Printf("upgrade: %v", err)
			}
		})
		return nil
	})
	app.Post("/relay", func(c *fiber.Ctx) error {
		answer, status, err := s.Relay(c.UserContext(), c.Body())
		if err != nil {
			return fiber.NewError(fiber.StatusBadRequest, err.Error())
		}
		return c.Status(status).JSON(answer)
	})
	return app
}
