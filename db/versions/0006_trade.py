"""Orders and what answers them, as trading partners send them: documents with lines."""

from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TRADE = """
    CREATE TABLE shop.trade_document (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind            text COLLATE "C" NOT NULL CONSTRAINT kind_is_known CHECK (kind IN
            ('order', 'order_change', 'order_cancellation', 'order_response', 'despatch_advice')),
        number          text COLLATE "C" NOT NULL
            CONSTRAINT number_not_empty CHECK (number <> ''),
        issued_on       date NOT NULL,
        order_number    text COLLATE "C",
        accepted        boolean,
        currency        text COLLATE "C"
            CONSTRAINT currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
        buyer_party_id  text,
        buyer_name      text,
        seller_party_id text,
        seller_name     text,
        note            text,
        UNIQUE (kind, number)
    );
    COMMENT ON TABLE shop.trade_document IS
        'What buyer and seller tell each other about an order, one row for each document';
    COMMENT ON COLUMN shop.trade_document.order_number IS 'Of the order that the document is about';
    COMMENT ON COLUMN shop.trade_document.accepted IS 'What a response says to the whole order';
    COMMENT ON COLUMN shop.trade_document.buyer_party_id IS 'As the sender identifies it: GLN, tax number';

    CREATE TABLE shop.trade_line (
        id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        document_id       bigint NOT NULL REFERENCES shop.trade_document,
        number            text COLLATE "C" NOT NULL
            CONSTRAINT number_not_empty CHECK (number <> ''),
        order_line_number text COLLATE "C",
        status            text,
        item_number       text COLLATE "C",
        buyer_item_number text COLLATE "C",
        item_name         text,
        quantity          numeric,
        unit              text,
        price             numeric(19, 4),
        note              text,
        UNIQUE (document_id, number)
    );
    COMMENT ON TABLE shop.trade_line IS 'What a document says about one article';
    COMMENT ON COLUMN shop.trade_line.item_number IS 'The article in the catalogue of the seller';
    COMMENT ON COLUMN shop.trade_line.unit IS 'UN/ECE recommendation 20: C62, KGM, LTR';
"""


def upgrade() -> None:
    """Create the tables, where the shop is."""
    if context.get_x_argument(as_dictionary=True).get("shop") == "no":
        return
    op.execute(TRADE)
