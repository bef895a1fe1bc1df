package tracetree

import (
	"fmt"
	"io"
	"strings"
)

// Write prints the traces of spans in the order of their start. Each trace has a heading
// line before it and an empty line after it.
//
// If a span's parent is not among spans, the span is printed as a root with the id of the
// missing parent, which may be in another service or lost. Write does not modify spans.
// It returns the error of the writer.
func Write(w io.Writer, spans []Span, options ...Option) error {
	p := &printer{config: newConfig(options)}
	for _, t := range groupByTrace(spans) {
		p.printTrace(t)
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

// printer formats traces.
type printer struct {
	config
	out strings.Builder
}

// line is the output line for a span, and the beginning of the lines for its events.
type line struct {
	node *node
	// namePrefix is the part of the tree that is printed before the span's name.
	namePrefix string
	// eventPrefix is the part of the tree that is printed before each event and link of the
	// span.
	eventPrefix string
}

// columnWidths are the display widths of the columns of a trace.
type columnWidths struct{ name, kind, service, duration, httpStatus int }

// columnGap separates two columns.
const columnGap = "  "

func (p *printer) printTrace(t *trace) {
	var lines []line
	for _, root := range t.roots {
		lines = appendLines(lines, root, "", "")
	}
	service, severalServices := lines[0].node.Service, false
	for _, l := range lines {
		severalServices = severalServices || l.node.Service != service
	}
	p.printHeader(t, service, severalServices)
	c := p.measureColumns(lines, severalServices)
	for _, l := range lines {
		p.printSpan(l, c)
	}
	p.out.WriteByte('\n')
}

// appendLines appends the lines of n and its descendants to lines. branch is the prefix of n,
// and indent the prefix of the lines below n. appendLines iterates over last children instead
// of calling itself, so a long chain of spans does not need a deep stack.
func appendLines(lines []line, n *node, branch, indent string) []line {
	for {
		eventPrefix := indent
		if len(n.children) > 0 {
			eventPrefix += "│  "
		} else {
			eventPrefix += "   "
		}
		lines = append(lines, line{node: n, namePrefix: branch, eventPrefix: eventPrefix})
		if len(n.children) == 0 {
			return lines
		}
		last := len(n.children) - 1
		for _, child := range n.children[:last] {
			lines = appendLines(lines, child, indent+"├─ ", indent+"│  ")
		}
		n, branch, indent = n.children[last], indent+"└─ ", indent+"   "
	}
}

func (p *printer) printHeader(t *trace, service string, severalServices bool) {
	parts := []string{"trace " + escapeUnprintable(t.id)}
	if !severalServices && service != "" {
		parts = append(parts, escapeUnprintable(service))
	}
	parts = append(parts, pluralize(t.spanCount, "span"))
	if d := t.end.Sub(t.start); d > 0 {
		parts = append(parts, formatDuration(d))
	}
	p.printLine("", "", 0, []styledText{{bold, strings.Join(parts, " · ")}})
}

// maxServiceWidth limits the width of service names.
const maxServiceWidth = 20

// measureColumns returns the widths of the columns of lines. If withService is not set, there
// is no column for the service.
func (p *printer) measureColumns(lines []line, withService bool) (c columnWidths) {
	for _, l := range lines {
		c.name = max(c.name, displayWidth(l.namePrefix)+displayWidth(escapeUnprintable(l.node.Name)))
		c.kind = max(c.kind, displayWidth(formatKind(l.node)))
		c.duration = max(c.duration, displayWidth(formatDuration(l.node.Duration())))
		c.httpStatus = max(c.httpStatus, displayWidth(escapeUnprintable(httpStatus(l.node.Span))))
		if withService {
			c.service = max(c.service, min(displayWidth(escapeUnprintable(l.node.Service)), maxServiceWidth))
		}
	}
	if p.width > 0 {
		c.name = min(c.name, p.width/2)
	}
	return c
}

func formatKind(n *node) string {
	if n.Kind == "" {
		return string(KindInternal)
	}
	return escapeUnprintable(string(n.Kind))
}

func (p *printer) printSpan(l line, c columnWidths) {
	n := l.node
	failed := n.Status == StatusError
	// If the branch leaves no space for a name, cut it on the left.
	branch := l.namePrefix
	if maxWidth := c.name - 12; displayWidth(branch) > maxWidth && maxWidth > 0 {
		runes := []rune(branch)
		branch = "…" + string(runes[len(runes)-maxWidth+1:])
	}
	name := pad(truncate(escapeUnprintable(n.Name), c.name-displayWidth(branch)), c.name-displayWidth(branch))
	if failed {
		name = p.paint(red, name)
	} else if n.Kind == KindServer {
		name = p.paint(bold, name)
	}
	used := c.name + displayWidth(columnGap) + c.kind + displayWidth(columnGap) + c.duration
	text := p.paint(dim, branch) + name + columnGap + p.paint(cyan, pad(formatKind(n), c.kind)) + columnGap
	if c.service > 0 {
		text += pad(truncate(escapeUnprintable(n.Service), c.service), c.service) + columnGap
		used += c.service + displayWidth(columnGap)
	}
	text += padLeft(formatDuration(n.Duration()), c.duration)
	if c.httpStatus > 0 {
		code := pad(escapeUnprintable(httpStatus(n.Span)), c.httpStatus)
		used += displayWidth(columnGap) + c.httpStatus
		if failed {
			code = p.paint(red, code)
		}
		text += columnGap + code
	}
	p.printLine(text, columnGap, used, p.formatDetails(n))
	p.printEventsAndLinks(l)
}

// printEventsAndLinks prints the events and links of a span.
func (p *printer) printEventsAndLinks(l line) {
	for _, event := range l.node.Events {
		p.printLine(p.paint(dim, l.eventPrefix), "", displayWidth(l.eventPrefix), p.formatEvent(event, l.node))
	}
	for _, link := range l.node.Links {
		p.printLine(p.paint(dim, l.eventPrefix), "", displayWidth(l.eventPrefix),
			[]styledText{{dim, "linked to " + escapeUnprintable(link.TraceID) + "/" + escapeUnprintable(link.SpanID)}})
	}
}

// formatEvent returns the text of an event of n.
func (p *printer) formatEvent(event Event, n *node) []styledText {
	offset := ""
	if event.Time.After(n.Start) {
		offset = " at " + formatDuration(event.Time.Sub(n.Start))
	}
	if event.Name != "exception" {
		pieces := []styledText{{dim, escapeUnprintable(event.Name) + offset}}
		for _, a := range event.Attributes {
			pieces = append(pieces, styledText{dim, escapeUnprintable(a.Key) + "=" + quoteValue(a.Value)})
		}
		return pieces
	}
	text := "exception" + offset
	if name := findAttribute(event.Attributes, "exception.type"); name != "" {
		text += " " + escapeUnprintable(name)
	}
	if message := findAttribute(event.Attributes, "exception.message"); message != "" {
		text += ": " + escapeUnprintable(message)
	}
	return []styledText{{red, text}}
}

// styledText is a part of the text after a line's columns.
type styledText struct {
	code escapeCode
	text string
}

// formatDetails returns the text after a span's columns.
func (p *printer) formatDetails(n *node) (pieces []styledText) {
	switch n.Status {
	case StatusError:
		pieces = append(pieces, styledText{red, "ERROR"})
		if n.StatusMessage != "" {
			pieces = append(pieces, styledText{red, escapeUnprintable(n.StatusMessage)})
		}
	case StatusOK:
		pieces = append(pieces, styledText{green, "OK"})
	}
	for _, a := range printedAttributes(n.Span, p.allAttributes) {
		pieces = append(pieces, styledText{dim, escapeUnprintable(a.Key) + "=" + quoteValue(a.Value)})
	}
	if n.isOrphan {
		pieces = append(pieces, styledText{yellow, fmt.Sprintf("(parent %s is not here)", escapeUnprintable(n.ParentID))})
	}
	return pieces
}

// printLine prints a line: text, then separator, then as many pieces as fit. used is the
// display width of text.
func (p *printer) printLine(text, separator string, used int, pieces []styledText) {
	var b strings.Builder
	b.WriteString(text)
	for _, piece := range pieces {
		visible := piece.text
		used += displayWidth(separator)
		if p.width > 0 {
			if p.width-used < 4 {
				break
			}
			visible = truncate(visible, p.width-used)
		}
		b.WriteString(separator + p.paint(piece.code, visible))
		used += displayWidth(visible)
		separator = " "
	}
	p.out.WriteString(strings.TrimRight(b.String(), " ") + "\n")
}
