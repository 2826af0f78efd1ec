// What the visual editor says in Japanese; it brings English of its own.
const names = {
  body: "本文全体",
  button: "ボタン",
  column: "列",
  oneColumn: "1列",
  twoColumn: "2列",
  threeColumn: "3列",
  divider: "区切り線",
  group: "グループ",
  hero: "ヒーロー画像",
  image: "画像",
  navBar: "ナビゲーション",
  navLink: "ナビゲーションのリンク",
  section: "セクション",
  socialGroup: "SNSボタンの並び",
  socialElement: "SNSボタン",
  spacer: "余白",
  text: "文章",
  wrapper: "枠",
  raw: "そのままのHTML",
};

export const mjmlWords = {
  "grapesjs-mjml": {
    category: "",
    panels: {
      buttons: {
        undo: "元に戻す",
        redo: "やり直す",
        desktop: "パソコン",
        tablet: "タブレット",
        mobile: "スマートフォン",
        import: "MJMLの読み込み",
      },
      import: { title: "MJMLの読み込み", button: "読み込む", label: "" },
      export: { title: "MJMLの表示" },
    },
    components: { names },
  },
};

const sides = (name) => ({
  [`${name}-top-sub`]: "上",
  [`${name}-right-sub`]: "右",
  [`${name}-bottom-sub`]: "下",
  [`${name}-left-sub`]: "左",
});

const properties = {
  ...sides("margin"),
  ...sides("padding"),
  "align": "配置",
  "background-color": "背景色",
  "background-repeat": "背景の繰り返し",
  "background-size": "背景の大きさ",
  "background-url": "背景画像",
  "border": "枠線",
  "border-color": "枠線の色",
  "border-detached": "枠線",
  "border-radius": "角の丸み",
  "border-style": "枠線の種類",
  "border-width": "枠線の太さ",
  "border-width-sub": "太さ",
  "border-style-sub": "種類",
  "border-color-sub": "色",
  "border-top-left-radius-sub": "左上",
  "border-top-right-radius-sub": "右上",
  "border-bottom-right-radius-sub": "右下",
  "border-bottom-left-radius-sub": "左下",
  "color": "文字色",
  "container-background-color": "外側の背景色",
  "font-family": "フォント",
  "font-size": "文字の大きさ",
  "font-style": "斜体",
  "font-weight": "文字の太さ",
  "height": "高さ",
  "icon-size": "アイコンの大きさ",
  "inner-padding": "内側の余白",
  "letter-spacing": "字間",
  "line-height": "行間",
  "margin": "外側の余白",
  "max-width": "最大幅",
  "mode": "表示方法",
  "padding": "余白",
  "text-align": "文字揃え",
  "text-decoration": "文字飾り",
  "text-transform": "大文字・小文字",
  "vertical-align": "縦の配置",
  "width": "幅",
};

export const editorWords = {
  assetManager: {
    addButton: "画像の追加",
    inputPlh: "https://…",
    modalTitle: "画像の選択",
    uploadTitle: "画像のアドレスを下に入力してください",
  },
  domComponents: {
    names: { "": "要素", wrapper: "全体", text: "文章", comment: "コメント", image: "画像", link: "リンク", row: "行", cell: "セル", table: "表" },
  },
  deviceManager: {
    device: "画面",
    devices: { desktop: "パソコン", tablet: "タブレット", mobileLandscape: "スマートフォン（横）", mobilePortrait: "スマートフォン（縦）" },
  },
  panels: {
    buttons: {
      titles: {
        preview: "プレビュー",
        fullscreen: "全画面",
        "sw-visibility": "枠の表示",
        "export-template": "MJMLの表示",
        "open-sm": "見た目",
        "open-tm": "設定",
        "open-layers": "構造",
        "open-blocks": "ブロック",
      },
    },
  },
  selectorManager: { label: "クラス", selected: "選択中", emptyState: "- 状態 -", states: { hover: "ポインター上", active: "クリック中" } },
  styleManager: {
    empty: "見た目を変える要素を選択してください",
    layer: "レイヤー",
    fileButton: "画像",
    sectors: { dimension: "寸法", typography: "文字", decorations: "装飾", general: "全般", layout: "配置", extra: "その他", flex: "並び" },
    properties,
  },
  traitManager: {
    empty: "設定する要素を選択してください",
    label: "要素の設定",
    traits: {
      labels: { id: "ID", alt: "代替テキスト", title: "タイトル", href: "リンク先", src: "画像のアドレス", rel: "rel", target: "開き方", name: "名前", name_1: "名前" },
      attributes: {
        alt: { placeholder: "例：製品の写真" },
        title: { placeholder: "例：資料の表紙" },
        href: { placeholder: "https://… または asset:…" },
      },
      options: { target: { false: "同じウィンドウ", _blank: "新しいウィンドウ" } },
    },
  },
  storageManager: { recover: "保存されていない変更を復元しますか？" },
};
