package reference

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/samespan/samespan/conformance/internal/handlers"
)

// fiberContext is the interface that the contexts of Fiber's major versions have in
// common, with methods for their differences.
type fiberContext interface {
	Method(override ...string) string
	Path(override ...string) string
	Params(key string, defaultValue ...string) string
	Get(key string, defaultValue ...string) string
	Set(key, value string)
	Request() *fasthttp.Request
	Body() []byte
	MultipartForm() (*multipart.Form, error)
	JSON(data any, contentType ...string) error
	Send(body []byte) error
	SendString(body string) error
	SendStream(stream io.Reader, size ...int) error
	WriteString(s string) (int, error)
	RestartRouting() error

	// ctx returns the request's context. frameworkContexts returns the framework's own
	// objects that implement context.Context.
	ctx() context.Context
	setCtx(ctx context.Context)
	frameworkContexts() []context.Context
	requestCtx() *fasthttp.RequestCtx // fasthttp's context, with the response
	// frameworkError returns an error of the framework's own type, with the status and the
	// text of err.
	frameworkError(status int, err error) error
	sendFile(path string) error
}

// fiberHandler is a handler that can be registered with each major version of Fiber.
type fiberHandler func(c fiberContext) error

// fiberRegistrar registers handlers with one of Fiber's major versions. GET
// /panic/inside, the mounted app and the static directory are registered separately.
type fiberRegistrar func(method, path string, handler fiberHandler)

// fiberInnerMiddleware is the service's middleware that runs between the instrumentation
// and the handlers.
func fiberInnerMiddleware(s *Service, c fiberContext, next func() error) error {
	// Clone the header value: the context retains the baggage, but Fiber reuses the memory
	// of its strings.
	ctx, changed, err := s.Inside(c.ctx(), c.Path(), strings.Clone(c.Get(handlers.BaggageHeader)))
	if err != nil {
		return c.frameworkError(http.StatusBadRequest, err)
	}
	if changed {
		c.setCtx(ctx)
	}
	return next()
}

// fiberOuterMiddleware is the middleware that wraps the instrumentation and starts a span.
// For a sub-request that is served in process, it uses the context of the outer request.
func fiberOuterMiddleware(s *Service, c fiberContext, next func() error) error {
	if ctx, ok := c.requestCtx().UserValue(outerContextKey{}).(context.Context); ok {
		c.setCtx(ctx)
	}
	if s.Wiring.Outside == nil {
		return next()
	}
	ctx, end := s.Wiring.Outside(c.ctx())
	defer end()
	c.setCtx(ctx)
	return next()
}

// outerContextKey is the key of the user value with the context of the outer request.
type outerContextKey struct{}

// fiberRewrite is the middleware that rewrites requests. Fiber then routes them again.
func fiberRewrite(_ *Service, c fiberContext, next func() error) error {
	method, path, ok := handlers.Rewriting(strings.Clone(c.Get(handlers.RewriteHeader)))
	if !ok {
		return next()
	}
	c.Request().Header.Del(handlers.RewriteHeader)
	c.Method(method)
	c.Path(path)
	return c.RestartRouting()
}

// fiberRecover is a middleware that recovers from panics and responds with the configured
// status.
func fiberRecover(s *Service, c fiberContext, next func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			c.requestCtx().Response.Reset()
			c.requestCtx().SetStatusCode(s.Wiring.Recovery)
			err = nil
		}
	}()
	return next()
}

// registerBatch registers the route POST /batch, which serves its sub-requests with the
// handler of the whole service.
func (add fiberRegistrar) registerBatch(s *Service, wholeService func() fasthttp.RequestHandler) {
	add(http.MethodPost, "/batch", func(c fiberContext) error {
		answer, err := s.Batch(c.ctx(), c.Body(), func(r *http.Request) int {
			var inner fasthttp.RequestCtx
			inner.Init(&fasthttp.Request{}, c.requestCtx().RemoteAddr(), nil)
			inner.Request.Header.SetMethod(r.Method)
			inner.Request.SetRequestURI(r.RequestURI)
			inner.Request.SetHost(r.Host)
			inner.Request.SetBodyString("[]")
			inner.SetUserValue(outerContextKey{}, r.Context())
			wholeService()(&inner)
			return inner.Response.StatusCode()
		})
		if err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		return c.JSON(answer)
	})
}

// fiberHandleError is the service's own error handler. fallback calls Fiber's handler.
func fiberHandleError(s *Service, c fiberContext, err error, fallback func() error) error {
	s.HandledError()
	if errors.Is(err, handlers.ErrCustom) {
		return fiberSendText(c, handlers.CustomStatus, handlers.CustomBody)
	}
	return fallback()
}

// fiberSendText responds with the status and the text.
func fiberSendText(c fiberContext, status int, text string) error {
	c.requestCtx().SetStatusCode(status)
	return c.SendString(text)
}

func fiberPanic(fiberContext) error { panic(handlers.ErrPanic) }

func fiberOK(c fiberContext) error { return c.SendString("ok") }

// registerAll registers all routes.
func (add fiberRegistrar) registerAll(s *Service) {
	add.registerWork(s)
	add.registerResponses(s)
	add.registerUnusualWrites(s)
	add.registerContexts(s)
	add(http.MethodGet, "/files/*", fiberOK)
	if s.Wiring.Slug {
		add(http.MethodGet, "/:slug", func(c fiberContext) error { return c.SendString(handlers.SlugBody) })
	}
}

// registerWork registers the routes that do some work.
func (add fiberRegistrar) registerWork(s *Service) {
	add(http.MethodGet, "/process/:item_id", func(c fiberContext) error {
		processed, err := s.Process(c.ctx(), c.Method(), itemID(c))
		if err != nil {
			return c.frameworkError(http.StatusBadGateway, err)
		}
		return c.JSON(processed)
	})
	for _, path := range []string{"/healthz", "/metrics", "/docs"} {
		add(http.MethodGet, path, func(c fiberContext) error { return c.SendString(s.Probe(c.ctx())) })
	}
	add(http.MethodGet, "/background", func(c fiberContext) error {
		status, body := s.WorkOn(c.ctx())
		return fiberSendText(c, status, body)
	})
	add(http.MethodGet, "/slow/:ms", func(c fiberContext) error {
		if err := s.Slow(c.ctx(), c.Params("ms")); err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		return c.SendString("ok")
	})
	add(http.MethodPost, "/relay", func(c fiberContext) error {
		answer, status, err := s.Relay(c.ctx(), c.Body())
		if err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		c.requestCtx().SetStatusCode(status)
		return c.JSON(answer)
	})
	add(http.MethodPost, "/upload", func(c fiberContext) error {
		form, err := c.MultipartForm()
		if err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		answer, err := handlers.ReadUpload(form)
		if err != nil {
			return err
		}
		return c.JSON(answer)
	})
	add(http.MethodGet, "/observed", func(c fiberContext) error { return c.JSON(s.Observed()) })
	// These routes need an http.ResponseWriter, or must send a response before the handler
	// returns. Fiber supports neither, so they respond with 501.
	for _, path := range []string{"/writer", "/abort", "/late/:code"} {
		add(http.MethodGet, path, func(c fiberContext) error { return c.frameworkError(http.StatusNotImplemented, errors.ErrUnsupported) })
	}
}

// itemID returns the decoded parameter, since Fiber does not decode it. The result is a
// copy: Fiber's strings are valid only until the handler returns, and a span's attribute
// is exported later.
func itemID(c fiberContext) string {
	id := strings.Clone(c.Params("item_id"))
	if decoded, err := url.PathUnescape(id); err == nil {
		return decoded
	}
	return id
}

// registerResponses registers the routes for the checks of responses.
func (add fiberRegistrar) registerResponses(s *Service) {
	add(http.MethodGet, "/status/:code", func(c fiberContext) error {
		status, err := handlers.Status(c.Params("code"))
		if err != nil {
			return fiberSendText(c, http.StatusBadRequest, err.Error())
		}
		// SendStatus would write the status text into an empty body.
		c.requestCtx().SetStatusCode(status)
		if body := handlers.StatusBody(status); body != "" {
			return c.SendString(body)
		}
		return nil
	})
	for path, before := range map[string]func(fiberContext){
		"/described": func(c fiberContext) { s.DescribeSpan(c.ctx()) },
		"/deaf":      func(fiberContext) { handlers.Deaf() },
	} {
		add(http.MethodGet, path+"/:code", func(c fiberContext) error {
			status, err := handlers.Status(c.Params("code"))
			if err != nil {
				return fiberSendText(c, http.StatusBadRequest, err.Error())
			}
			before(c)
			c.requestCtx().SetStatusCode(status)
			if body := handlers.StatusBody(status); body != "" {
				return c.SendString(body)
			}
			return nil
		})
	}
	add(http.MethodGet, "/fail/:code", func(c fiberContext) error {
		status, err := handlers.Status(c.Params("code"))
		if err != nil {
			return fiberSendText(c, http.StatusBadRequest, err.Error())
		}
		return c.frameworkError(status, handlers.ErrFailed)
	})
	add(http.MethodGet, "/panic", fiberPanic)
	add(http.MethodPost, "/held", func(c fiberContext) error { return c.SendString(s.LetGo()) })
	add(http.MethodPost, "/lifecycle/:action", func(c fiberContext) error {
		answer, status := s.EndTelemetry(c.ctx(), c.Params("action"))
		c.requestCtx().SetStatusCode(status)
		return c.JSON(answer)
	})
	add(http.MethodPost, "/echo", func(c fiberContext) error {
		c.Set("Content-Type", handlers.ContentType(c.Get("Content-Type")))
		if c.Request().Header.ContentLength() < 0 {
			return c.SendStream(bytes.NewReader(bytes.Clone(c.Body())))
		}
		return c.Send(c.Body())
	})
	add(http.MethodGet, "/file", func(c fiberContext) error { return c.sendFile(s.File()) })
	add(http.MethodGet, "/upgrade", fiberUpgrade)
}

// registerUnusualWrites registers the routes that write in unusual ways.
func (add fiberRegistrar) registerUnusualWrites(s *Service) {
	add(http.MethodGet, "/write/:kind", func(c fiberContext) error {
		switch kind := c.Params("kind"); kind {
		case "twice":
			err := fiberSendText(c, http.StatusCreated, handlers.Created)
			c.requestCtx().SetStatusCode(http.StatusInternalServerError)
			return err
		case "partial":
			if _, err := c.WriteString(handlers.Partial); err != nil {
				return err
			}
			return handlers.ErrFailed
		case "implicit":
			_, err := c.WriteString(handlers.Implicit)
			return err
		case "nothing":
			return nil
		case "custom":
			return handlers.ErrCustom
		case "flushed":
			c.requestCtx().SetStatusCode(http.StatusInternalServerError)
			return c.SendString(handlers.Late)
		case "hijacked", "aborted":
			return c.frameworkError(http.StatusNotImplemented, errors.ErrUnsupported)
		default:
			return c.frameworkError(http.StatusBadRequest, handlers.UnknownKind(kind))
		}
	})
	add(http.MethodGet, "/truncated/:kind", func(c fiberContext) error {
		body, err := handlers.TruncatedBody(c.Params("kind"))
		if err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		c.Set("Content-Type", handlers.TruncatedType)
		return c.SendStream(body, handlers.TruncatedSize)
	})
	for path, stream := range s.Streams() {
		add(http.MethodGet, path, func(c fiberContext) error {
			ctx := c.ctx()
			c.Set("Content-Type", "text/event-stream")
			c.requestCtx().SetBodyStreamWriter(func(w *bufio.Writer) {
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
}

// fiberUpgrade switches to a protocol that echoes a line.
func fiberUpgrade(c fiberContext) error {
	if !handlers.WantsUpgrade(c.Get("Connection"), c.Get("Upgrade")) {
		c.Set("Upgrade", handlers.UpgradeProtocol)
		c.requestCtx().SetStatusCode(http.StatusUpgradeRequired)
		return nil
	}
	c.requestCtx().SetStatusCode(http.StatusSwitchingProtocols)
	c.Set("Connection", "Upgrade")
	c.Set("Upgrade", handlers.UpgradeProtocol)
	c.requestCtx().Hijack(func(conn net.Conn) {
		if err := handlers.EchoLine(conn, conn); err != nil {
			log.Printf("upgrade: %v", err)
		}
	})
	return nil
}

// registerContexts registers the routes for the checks of contexts.
func (add fiberRegistrar) registerContexts(s *Service) {
	add(http.MethodGet, "/context/:source", func(c fiberContext) error {
		if err := s.Context(strings.Clone(c.Params("source")), c.ctx(), c.frameworkContexts()...); err != nil {
			return c.frameworkError(http.StatusBadRequest, err)
		}
		return c.SendString("ok")
	})
	add(http.MethodGet, "/after/:item_id", func(c fiberContext) error {
		// Code that continues after the response must not retain c or its strings, since
		// Fiber reuses them.
		s.After(c.ctx(), itemID(c))
		return fiberSendText(c, http.StatusAccepted, handlers.Accepted)
	})
	add(http.MethodPost, "/release", func(c fiberContext) error { return c.SendString(s.Release()) })
	add(http.MethodGet, "/baggage", func(c fiberContext) error { return c.JSON(s.Members(c.ctx())) })
}
