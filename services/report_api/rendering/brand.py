"""The platform's name and sign on a report."""

BRAND = "Quartierblick"
BRAND_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="22" height="22"'
    ' aria-hidden="true"><path fill="#17357f" d="M0 0h15v15H0z"/>'
    '<path fill="#7f9ddb" d="M17 0h15v15H17z"/><path fill="#b9caee" d="M17 17h15v15H17z"/>'
    '<path fill="#4568bd" d="M0 17h15v15H0z"/></svg>'
)
