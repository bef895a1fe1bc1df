package reference

import (
	"bufio"
	"bytes"
	"errors"
	"log"
	"net"
	"net/url"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/gofiber/fiber/v2/utils"
)

// Fiber is the service on a Fiber app: Fiber's recovery, a middleware that
// looks at errors, what instrument registers (nil is nothing), and the
// middleware that stands after it.
func Fiber(s *Service, instrument func(*fiber.App)) *fiber.App {
	app := fiber.New(fiber.Config{DisableStartupMessage: true, ErrorHandler: func(c *fiber.Ctx, err error) error {
		s.observed.errorHandler.Add(1)
		if errors.Is(err, errCustom) {
			return c.Status(customStatus).SendString(customBody)
		}
		return fiber.DefaultErrorHandler(c, err)
	}})
	app.Use(recover.New())
	app.Use(func(c *fiber.Ctx) error {
		err := c.Next()
		s.saw(err)
		return err
	})
	if instrument != nil {
		instrument(app)
	}
	app.Use(func(c *fiber.Ctx) error {
		// A copy, since the member stays in the context.
		ctx, changed, err := s.Inside(c.UserContext(), c.Path(), utils.CopyString(c.Get(setBaggage)))
		if err != nil {
			return fiber.NewError(fiber.StatusBadRequest, err.Error())
		}
		if changed {
			c.SetUserContext(ctx)
		}
		return c.Next()
	})
	fiberWork(s, app)
	fiberAnswers(s, app)
	fiberContexts(s, app)
	fiberRoutes(s, app)
	return app
}

// fiberWork are the routes that do some work.
func fiberWork(s *Service, app *fiber.App) {
	app.Get("/process/:item_id", func(c *fiber.Ctx) error {
		processed, err := s.Process(c.UserContext(), c.Method(), itemID(c))
		if err != nil {
			return fiber.NewError(fiber.StatusBadGateway, err.Error())
		}
		return c.JSON(processed)
	})
	probe := func(c *fiber.Ctx) error { return c.SendString(s.Probe(c.UserContext())) }
	app.Get("/healthz", probe)
	app.Get("/metrics", probe)
	app.Get("/docs", probe)
	app.Get("/background", func(c *fiber.Ctx) error {
		status, body := s.Background(c.UserContext())
		return c.Status(status).SendString(body)
	})
	app.Get("/slow/:ms", func(c *fiber.Ctx) error {
		if err := s.Slow(c.UserContext(), c.Params("ms")); err != nil {
			return fiber.NewError(fiber.StatusBadRequest, err.Error())
		}
		return c.SendString("ok")
	})
	app.Post("/relay", func(c *fiber.Ctx) error {
		answer, status, err := s.Relay(c.UserContext(), c.Body())
		if err != nil {
			return fiber.NewError(fiber.StatusBadRequest, err.Error())
		}
		return c.Status(status).JSON(answer)
	})
	app.Post("/upload", func(c *fiber.Ctx) error {
		form, err := c.MultipartForm()
		if err != nil {
			return fiber.NewError(fiber.StatusBadRequest, err.Error())
		}
		answer, err := uploaded(form)
		if err != nil {
			return err
		}
		return c.JSON(answer)
	})
	app.Get("/observed", func(c *fiber.Ctx) error { return c.JSON(s.Observed()) })
	// There is no http.ResponseWriter.
	app.Get("/writer", func(*fiber.Ctx) error { return fiber.ErrNotImplemented })
	app.Get("/abort", func(*fiber.Ctx) error { return fiber.ErrNotImplemented })
}

// itemID is the parameter, decoded, which Fiber leaves to the handler. It is a
// copy: Fiber's strings are valid until the handler returns, and a span's
// attribute lives on.
func itemID(c *fiber.Ctx) string {
	id := utils.CopyString(c.Params("item_id"))
	if decoded, err := url.PathUnescape(id); err == nil {
		return decoded
	}
	return id
}

// fiberAnswers are the routes that are about the answer.
func fiberAnswers(s *Service, app *fiber.App) {
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
	app.Get("/panic/inside", recover.New(), func(*fiber.Ctx) error { panic(errPanic) })
	app.Get("/write/:kind", func(c *fiber.Ctx) error {
		switch kind := c.Params("kind"); kind {
		case "twice":
			err := c.Status(fiber.StatusCreated).SendString(created)
			c.Status(fiber.StatusInternalServerError)
			return err
		case "partial":
			if _, err := c.WriteString(partial); err != nil {
				return err
			}
			return errFailed
		case "implicit":
			_, err := c.WriteString(implicit)
			return err
		case "nothing":
			return nil
		case "custom":
			return errCustom
		default:
			return fiber.NewError(fiber.StatusBadRequest, errKind(kind).Error())
		}
	})
	for path, stream := range s.streams() {
		app.Get(path, func(c *fiber.Ctx) error {
			ctx := c.UserContext()
			c.Set(fiber.HeaderContentType, "text/event-stream")
			c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
				_ = stream(ctx, func(event string) error {
					if _, err := w.WriteString(event); err != nil {
						return err
					}
					return w.Flush()
				})
			})
			return nil
		})
	}
	app.Post("/held", func(c *fiber.Ctx) error { return c.SendString(s.LetGo()) })
	app.Post("/lifecycle/:action", func(c *fiber.Ctx) error {
		answer, status := s.EndTelemetry(c.UserContext(), c.Params("action"))
		return c.Status(status).JSON(answer)
	})
	app.Post("/echo", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, contentType(c.Get(fiber.HeaderContentType)))
		if c.Request().Header.ContentLength() < 0 {
			return c.SendStream(bytes.NewReader(bytes.Clone(c.Body())))
		}
		return c.Send(c.Body())
	})
	app.Get("/file", func(c *fiber.Ctx) error { return c.SendFile(s.File()) })
	app.Get("/upgrade", fiberUpgrade)
}

func fiberUpgrade(c *fiber.Ctx) error {
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
}

// fiberContexts are the routes that are about the request's context.
func fiberContexts(s *Service, app *fiber.App) {
	app.Get("/context/:source", func(c *fiber.Ctx) error {
		if err := s.Context(utils.CopyString(c.Params("source")), c.UserContext(), c.UserContext(), c.Context()); err != nil {
			return fiber.NewError(fiber.StatusBadRequest, err.Error())
		}
		return c.SendString("ok")
	})
	app.Get("/after/:item_id", func(c *fiber.Ctx) error {
		// What goes on after the answer must keep neither c, which Fiber gives
		// to the next request, nor its strings.
		s.After(c.UserContext(), itemID(c))
		return c.Status(fiber.StatusAccepted).SendString(accepted)
	})
	app.Post("/release", func(c *fiber.Ctx) error { return c.SendString(s.Release()) })
	app.Get("/baggage", func(c *fiber.Ctx) error { return c.JSON(s.Baggage(c.UserContext())) })
}

// fiberRoutes are the routes that are about routing.
func fiberRoutes(s *Service, app *fiber.App) {
	ok := func(c *fiber.Ctx) error { return c.SendString("ok") }
	users := fiber.New()
	users.Get("/users/:user_id", ok)
	app.Mount("/mounted", users)
	app.Get("/files/*", ok)
	app.Static("/static", s.StaticDir())
}
