package repository

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// Document has those parts of a Markdown file that are checked.
type Document struct {
	// Links are the targets of links and images, including those in HTML.
	Links []string
	// Anchors are the anchors of the headings, as on GitHub.
	Anchors map[string]bool
	// Spans are the texts of inline code, and Blocks are the texts of code blocks.
	Spans, Blocks []string
}

// htmlLink matches the attribute href or src of an HTML element, with its value.
var htmlLink = regexp.MustCompile(`(?:href|src)\s*=\s*["']([^"']*)["']`)

// Parse parses Markdown as GitHub does.
func Parse(source []byte) *Document {
	d := &Document{Anchors: make(map[string]bool)}
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	// Walk returns only errors of the walker, which returns none.
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			d.addNode(n, source)
		}
		return ast.WalkContinue, nil
	})
	return d
}

// addNode adds the link, anchor or code of a node of the Markdown tree.
func (d *Document) addNode(n ast.Node, source []byte) {
	switch n := n.(type) {
	case *ast.Link:
		d.Links = append(d.Links, string(n.Destination))
	case *ast.Image:
		d.Links = append(d.Links, string(n.Destination))
	case *ast.AutoLink:
		d.Links = append(d.Links, string(n.URL(source)))
	case *ast.Heading:
		d.addAnchor(Slug(plainText(n, source)))
	case *ast.CodeSpan:
		d.Spans = append(d.Spans, plainText(n, source))
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		d.Blocks = append(d.Blocks, string(n.Lines().Value(source)))
	case *ast.HTMLBlock:
		d.addHTMLLinks(n.Lines().Value(source))
	case *ast.RawHTML:
		d.addHTMLLinks(n.Segments.Value(source))
	}
}

// addAnchor adds the anchor of a heading. If another heading has the same slug, it appends a
// number.
func (d *Document) addAnchor(slug string) {
	anchor := slug
	for i := 1; d.Anchors[anchor]; i++ {
		anchor = fmt.Sprintf("%s-%d", slug, i)
	}
	d.Anchors[anchor] = true
}

// addHTMLLinks adds the links in HTML.
func (d *Document) addHTMLLinks(html []byte) {
	for _, match := range htmlLink.FindAllSubmatch(html, -1) {
		d.Links = append(d.Links, string(match[1]))
	}
}

// plainText returns the text of a node without markup.
func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Text:
			b.Write(child.Value(source))
			if child.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(child.Value)
		default:
			b.WriteString(plainText(child, source))
		}
	}
	return b.String()
}
